// The text files of a model: a line with what it is and the version of its
// format, a Boost.Serialization text archive, and a line with the checksum of
// all before. Readers check everything and allocate no more than a small
// multiple of what there is to read. Pure functions on texts.
#pragma once

#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "metadata/network/network.hpp"
#include "metadata/placement/placement.hpp"
#include "metadata/training/data_description.hpp"
#include "runtime/model_store/files/file_system.hpp"
#include "runtime/model_store/store/lease.hpp"
#include "runtime/model_store/store/manifest.hpp"
#include "runtime/model_store/store/weights_reference.hpp"

namespace ganglion {

/// The file's text.
std::string to_text(const network& x);
std::string to_text(const placement& x);
std::string to_text(const manifest& x);
std::string to_text(const data_description& x);
std::string to_text(const lease_record& x);
std::string to_text(const base_record& x);
std::string to_text(const weights_reference& x);

/// What a file's text says; T is one of the types above. `path` is for
/// messages. Errors, naming the offset: bad_model where it is damaged,
/// incompatible where a newer version of the program wrote it.
template <class T>
caf::expected<T> from_text(const std::string& path, std::string_view text);

extern template caf::expected<network> from_text(const std::string&,
                                                 std::string_view);
extern template caf::expected<placement> from_text(const std::string&,
                                                   std::string_view);
extern template caf::expected<manifest> from_text(const std::string&,
                                                  std::string_view);
extern template caf::expected<data_description> from_text(const std::string&,
                                                          std::string_view);
extern template caf::expected<lease_record> from_text(const std::string&,
                                                      std::string_view);
extern template caf::expected<base_record> from_text(const std::string&,
                                                     std::string_view);
extern template caf::expected<weights_reference> from_text(const std::string&,
                                                           std::string_view);

/// What an archive alone says, without first line and checksum.
caf::expected<network> network_of_archive(const std::string& path,
                                          std::string_view archive);

/// Reads such a file. Errors: also not_found, system, stale.
template <class T>
caf::expected<T> read_text_file(file_system& files, const std::string& path) {
  auto text = read_all(files, path);
  if (!text)
    return text.error();
  return from_text<T>(path, *text);
}

} // namespace ganglion
