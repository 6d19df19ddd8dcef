#include "runtime/writable_file.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/names.hpp"
#include "runtime/model_store/file_system.hpp"

namespace ganglion {

caf::error cannot_write(const std::string& path, std::string_view why) {
  return make_failure(
    errc::system, fmt::format("cannot write '{}': {}", printable(path), why));
}

caf::error check_writable(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code none;
  auto there = fs::status(path, none);
  if (fs::exists(there) && !fs::is_regular_file(there))
    return cannot_write(path, "something else than a file has this name: give "
                              "another one");
  auto trial = temporary_name(path);
  if (!std::ofstream{trial})
    return cannot_write(path, std::generic_category().message(errno)
                                + ": check its folder, permissions and free "
                                  "space");
  fs::remove(trial, none);
  return {};
}

} // namespace ganglion
