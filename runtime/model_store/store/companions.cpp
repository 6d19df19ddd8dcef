#include "runtime/model_store/store/companions.hpp"

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"

namespace ganglion {

namespace {

/// Copies a file where there is one.
caf::error copy_companion(file_system& files, const std::string& from,
                          const std::string& to, std::string_view name) {
  auto text = read_all(files, fmt::format("{}/{}", from, name));
  if (!text)
    return text.error() == errc::not_found ? caf::error{} : text.error();
  return write_companion(files, to, name, *text);
}

} // namespace

caf::error write_companion(file_system& files, const std::string& dir,
                           std::string_view name, const std::string& text) {
  auto path = fmt::format("{}/{}", dir, name);
  auto made = write_once(files, path, text);
  if (!made)
    return made.error();
  if (*made)
    return {};
  return make_failure(errc::bad_argument,
                      fmt::format("'{}' exists: give another path", path));
}

caf::error copy_tokenizer(file_system& files, const std::string& from,
                          const std::string& to) {
  for (auto name : hf_tokenizer_files)
    if (auto err = copy_companion(files, from, to, name))
      return err;
  return {};
}

caf::error copy_companions(file_system& files, const std::string& from,
                           const std::string& to) {
  if (auto err = copy_companion(files, from, to, "config.json"))
    return err;
  return copy_tokenizer(files, from, to);
}

} // namespace ganglion
