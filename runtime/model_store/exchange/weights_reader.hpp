// Reads a file of weights, as weights_file.hpp writes it: what network it is
// of, and the parameters of any neurons. Owns the open file; for one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "metadata/messages/engine_messages.hpp"
#include "metadata/network/network.hpp"
#include "runtime/model_store/files/file_system.hpp"
#include "runtime/model_store/formats/checksum.hpp"

namespace ganglion {

/// The first line of a file is this and the version of its format, the second
/// the length of what describes the network.
inline constexpr std::string_view weights_magic = "ganglion-weights ";

/// Files of version 1 have no checksums.
inline constexpr std::uint32_t weights_version = 2;

/// The last line.
std::string weights_checksum_line(const running_checksum& of);

class weights_reader {
public:
  /// Errors, naming the file: bad_model where it is missing, damaged, or no
  /// such file; incompatible where a newer version wrote it.
  static caf::expected<weights_reader> open(const std::string& path);

  [[nodiscard]] const network& net() const noexcept {
    return net_;
  }

  /// Reads through all of it, before anything is made of it.
  [[nodiscard]] caf::error verify() const;

  /// The weights of neurons of one layer, one row per neuron.
  [[nodiscard]] caf::expected<parameters> load(neuron_range range) const;

private:
  explicit weights_reader(const std::string& path);

  [[nodiscard]] caf::error bad(std::string_view why) const;
  caf::error read(std::uint64_t at, std::span<std::byte> out) const;
  caf::error read_head();
  caf::error read_network(std::uint64_t length);

  std::string path_;
  std::unique_ptr<file_system> files_;
  std::unique_ptr<input_file> file_;
  std::uint64_t version_ = 0;
  network net_;
  /// Of the weights.
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
};

/// Whether a file begins as one of weights does; false also where it cannot be
/// read.
bool is_weights_file(const std::string& path);

} // namespace ganglion
