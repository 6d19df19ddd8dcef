#include "runtime/model_store/files/undoable_files.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/model_store/store/layout.hpp"

namespace ganglion {

caf::error undoable_files::undo(const std::string& first) {
  caf::error result;
  auto take = [&](const made_name& x) {
    auto gone = x.directory ? inner_.remove_directory(x.path)
                            : inner_.remove(x.path);
    if (!gone && !result)
      result = gone.error();
  };
  if (made(first))
    take({first});
  for (auto i = made_.rbegin(); i != made_.rend(); ++i)
    if (i->path != first)
      take(*i);
  made_.clear();
  return result;
}

bool undoable_files::made(const std::string& path) const {
  return std::ranges::find(made_, path, &made_name::path) != made_.end();
}

caf::expected<std::unique_ptr<output_file>>
undoable_files::create(const std::string& path) {
  auto result = inner_.create(path);
  if (result)
    made_.push_back({path});
  return result;
}

caf::expected<std::unique_ptr<input_file>>
undoable_files::open(const std::string& path) {
  return inner_.open(path);
}

caf::expected<bool> undoable_files::link(const std::string& from,
                                         const std::string& to) {
  auto result = inner_.link(from, to);
  if (result && *result)
    made_.push_back({to});
  return result;
}

caf::expected<bool> undoable_files::remove(const std::string& path) {
  auto result = inner_.remove(path);
  if (!result)
    return result;
  // Temporary files, mostly, which are among the last that were made.
  auto i = std::find_if(made_.rbegin(), made_.rend(),
                        [&](const auto& x) { return x.path == path; });
  if (i != made_.rend())
    made_.erase(std::next(i).base());
  return result;
}

caf::expected<bool> undoable_files::make_directory(const std::string& path) {
  auto result = inner_.make_directory(path);
  if (result && *result)
    made_.push_back({path, true});
  return result;
}

caf::expected<bool> undoable_files::remove_directory(const std::string& path) {
  return inner_.remove_directory(path);
}

caf::error undoable_files::sync_directory(const std::string& path) {
  return inner_.sync_directory(path);
}

caf::expected<std::vector<std::string>>
undoable_files::list(const std::string& path) {
  return inner_.list(path);
}

caf::expected<std::unique_ptr<file_lock>>
undoable_files::try_lock(const std::string& path, lock_mode mode) {
  return inner_.try_lock(path, mode);
}

namespace {

/// Whether there is a model that others made, or may have opened.
bool is_of_others(file_system& files, const undoable_files& made,
                  const std::string& dir, const caf::error& why) {
  auto path = layout::network_path(dir);
  return why == errc::lost_lease || (!made.made(path) && files.open(path));
}

/// Removes what was made, `first` before all else: why, and whether that went
/// well.
caf::error undone(undoable_files& made, const std::string& dir,
                  const std::string& first, const caf::error& why) {
  auto err = made.undo(first);
  if (!err)
    return why;
  auto details = details_of(why);
  details.text += fmt::format("; what was made of '{}' is still there ({}): "
                              "remove it",
                              dir, explain(err));
  return make_failure(static_cast<errc>(why.code()), std::move(details));
}

} // namespace

caf::expected<manifest>
make_or_undo(file_system& files, const std::string& dir,
             const std::function<caf::expected<manifest>(file_system&)>& make) {
  undoable_files on{files};
  auto result = make(on);
  if (result || is_of_others(files, on, dir, result.error()))
    return result;
  // Its network first: what is left is no model for anybody.
  return undone(on, dir, layout::network_path(dir), result.error());
}

caf::error files_or_undo(file_system& files, const std::string& dir,
                         const std::function<caf::error(file_system&)>& make) {
  undoable_files on{files};
  auto err = make(on);
  return err ? undone(on, dir, {}, err) : err;
}

} // namespace ganglion
