// Making the directory of a new model.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/model_store/formats/text_file.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "runtime/model_store/store/model_writer.hpp"

namespace ganglion {

namespace {

caf::error exists(const std::string& dir) {
  return make_failure(errc::bad_argument,
                      fmt::format("'{}' holds a model already: go on with it, "
                                  "or give another path",
                                  dir));
}

std::array<std::string, 5> parts_of(const std::string& dir) {
  return {layout::placements(dir), layout::shards(dir), layout::manifests(dir),
          layout::leases(dir), layout::pins(dir)};
}

/// An error unless there is nothing but what making a model begins with.
caf::error check_empty(file_system& files, const std::string& dir) {
  auto names = files.list(dir);
  if (!names)
    return names.error();
  auto parts = parts_of(dir);
  for (const auto& name : *names) {
    auto path = dir + "/" + name;
    if (path == layout::network_path(dir))
      return exists(dir);
    if (!is_temporary(name) && path != layout::data_path(dir)
        && std::ranges::find(parts, path) == parts.end())
      return make_failure(errc::bad_argument,
                          fmt::format("'{}' is no model and not empty (it "
                                      "holds '{}'): give another path",
                                      dir, name));
  }
  return {};
}

caf::error make_directories(file_system& files, const std::string& dir) {
  auto made = files.make_directory(dir);
  if (!made)
    return made.error();
  if (!*made)
    if (auto err = check_empty(files, dir))
      return err;
  if (auto err = files.sync_directory(parent_directory(dir)))
    return err;
  for (const auto& part : parts_of(dir)) {
    made = files.make_directory(part);
    if (!made)
      return made.error();
  }
  return files.sync_directory(dir);
}

} // namespace

caf::expected<model_writer> model_writer::create(file_system& files,
                                                 std::string dir,
                                                 const network& net,
                                                 writer_options options) {
  if (auto err = make_directories(files, dir))
    return err;
  if (options.data) {
    // What a crash left is of another attempt.
    static_cast<void>(files.remove(layout::data_path(dir)));
    auto described = write_once(files, layout::data_path(dir),
                                to_text(*options.data));
    if (!described)
      return described.error();
  }
  // Last, since it is what makes the directory a model.
  auto made = write_once(files, layout::network_path(dir), to_text(net));
  if (!made)
    return made.error();
  if (!*made)
    return exists(dir);
  return open(files, std::move(dir), std::move(options));
}

caf::error model_writer::describe(const data_description& data) {
  auto made = write_once(*files_, layout::data_path(reader_.dir()),
                         to_text(data));
  return made ? caf::error{} : made.error();
}

} // namespace ganglion
