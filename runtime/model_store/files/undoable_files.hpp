// A file system that remembers what was made through it, so that a model that
// was not finished can be removed again, and nothing but that: neither what was
// there before nor what others made meanwhile. Everything else passes through
// to a file system that outlives it. For one thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/model_store/files/file_system.hpp"
#include "runtime/model_store/store/manifest.hpp"

namespace ganglion {

class undoable_files : public file_system {
public:
  explicit undoable_files(file_system& inner) : inner_(inner) {
    // nop
  }

  /// Removes what was made and is still there, `first` before all else, then
  /// the newest first. Directories in which others made something stay.
  /// Returns the error of the first file that cannot be removed.
  caf::error undo(const std::string& first);

  /// Whether `path` was made through this.
  [[nodiscard]] bool made(const std::string& path) const;

  caf::expected<std::unique_ptr<output_file>>
  create(const std::string& path) override;

  caf::expected<std::unique_ptr<input_file>>
  open(const std::string& path) override;

  caf::expected<bool> link(const std::string& from,
                           const std::string& to) override;

  caf::expected<bool> remove(const std::string& path) override;

  caf::expected<bool> make_directory(const std::string& path) override;

  caf::expected<bool> remove_directory(const std::string& path) override;

  caf::error sync_directory(const std::string& path) override;

  caf::expected<std::vector<std::string>>
  list(const std::string& path) override;

  caf::expected<std::unique_ptr<file_lock>> try_lock(const std::string& path,
                                                     lock_mode mode) override;

private:
  struct made_name {
    std::string path;
    bool directory = false;
  };

  file_system& inner_;
  std::vector<made_name> made_;
};

/// Calls `make`, which makes a model at `dir` through the file system that it
/// is given, with one commit, and lets go of it again. If that fails, all that
/// it made is removed, unless somebody else has the model by then.
caf::expected<manifest>
make_or_undo(file_system& files, const std::string& dir,
             const std::function<caf::expected<manifest>(file_system&)>& make);

/// Likewise for a directory of files that is no model.
caf::error files_or_undo(file_system& files, const std::string& dir,
                         const std::function<caf::error(file_system&)>& make);

} // namespace ganglion
