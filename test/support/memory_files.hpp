// A file system in memory for tests of the model store. It knows what is
// durable: after power_failure() whatever was not synced is gone, names too.
// Several memory_files share one disk, like processes. Safe to share among
// threads. It knows paths with '/' and '.', but no '..'.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/model_store/files/file_system.hpp"

namespace ganglion {

/// A file or a directory.
struct memory_node {
  bool directory = false;
  std::string content;
  /// Files only grow, so this many bytes survive a power failure.
  std::size_t durable_size = 0;
  std::map<std::string, std::shared_ptr<memory_node>> names;
  std::map<std::string, std::shared_ptr<memory_node>> durable_names;
  int shared_locks = 0;
  bool exclusive_lock = false;
};

class memory_disk {
public:
  memory_disk();

  /// What was not synced is lost, and all locks are free. With a seed other
  /// than 0, some of it survives, at random: each name, and the start of each
  /// file's rest.
  void power_failure(std::uint64_t seed = 0);

  /// The bytes of a file that exists.
  std::string content(const std::string& path);

  /// Replaces them, as a failing disk would; makes the file if need be.
  void damage(const std::string& path, std::string content);

  /// Removes a file without a trace, likewise.
  void lose(const std::string& path);

  /// Names in a directory.
  std::vector<std::string> names(const std::string& path);

private:
  friend class memory_files;
  friend class memory_output;
  friend class memory_input;
  friend class memory_lock;

  using node = std::shared_ptr<memory_node>;

  /// Null where there is none.
  node find(const std::string& path);

  std::mutex mutex_;
  node root_;
  /// Counts power failures: handles from before one are dead.
  int generation_ = 0;
};

class memory_files : public file_system {
public:
  explicit memory_files(std::shared_ptr<memory_disk> disk)
    : disk_(std::move(disk)) {
    // nop
  }

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
  std::shared_ptr<memory_disk> disk_;
};

} // namespace ganglion
