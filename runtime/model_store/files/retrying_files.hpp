// A file system that tries again, a few times, what failed as errc::stale: an
// NFS client reports ESTALE where the server replaced what it knew of a file.
// Files of the store never change once they have their name, so opening one
// again and reading on is safe. Only opening, reading and listing are retried.
#pragma once

#include <memory>

#include "runtime/model_store/files/file_system.hpp"

namespace ganglion {

class retrying_files : public file_system {
public:
  /// How often one operation is tried.
  static constexpr int attempts = 4;

  explicit retrying_files(std::shared_ptr<file_system> inner);

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
  std::shared_ptr<file_system> inner_;
};

} // namespace ganglion
