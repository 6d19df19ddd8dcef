// All input and output of the model store goes through this interface, so that
// tests can put a file system in memory, faults and power failures beneath it.
// Implementations are safe to use from several threads; a file or a lock is for
// one thread at a time and must not outlive its file system. Errors are
// errc::system (or errc::stale) and name the file, the offset where there is
// one, and what the operating system said. It knows nothing of models.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

namespace ganglion {

/// A new file, written from its start to its end. Closed when destroyed; only
/// `close` tells whether that went well.
class output_file {
public:
  virtual ~output_file() = default;

  /// Appends all of `bytes`, or fails.
  virtual caf::error write(std::span<const std::byte> bytes) = 0;

  /// What was written survives a power failure (the name may not: see
  /// file_system::sync_directory).
  virtual caf::error sync() = 0;

  virtual caf::error close() = 0;
};

/// A file that is read, at any offset.
class input_file {
public:
  virtual ~input_file() = default;

  virtual caf::expected<std::uint64_t> size() = 0;

  /// Fills `buffer`; fewer bytes only where the file ends.
  virtual caf::expected<std::size_t>
  read_at(std::uint64_t offset, std::span<std::byte> buffer) = 0;
};

/// Held until it is destroyed, or its process dies.
class file_lock {
public:
  virtual ~file_lock() = default;
};

enum class lock_mode : std::uint8_t { shared, exclusive };

class file_system {
public:
  virtual ~file_system() = default;

  /// A new file; an error where `path` exists.
  virtual caf::expected<std::unique_ptr<output_file>>
  create(const std::string& path) = 0;

  /// An error with errc::not_found where `path` does not exist.
  virtual caf::expected<std::unique_ptr<input_file>>
  open(const std::string& path) = 0;

  /// A second name for a file, in the same file system. False where `to` is
  /// another file, which is left as it is; true where it is this one already.
  virtual caf::expected<bool>
  link(const std::string& from, const std::string& to) = 0;

  /// False where `path` does not exist (any more).
  virtual caf::expected<bool> remove(const std::string& path) = 0;

  /// False where `path` exists.
  virtual caf::expected<bool> make_directory(const std::string& path) = 0;

  /// False where `path` does not exist (any more) or is not empty.
  virtual caf::expected<bool> remove_directory(const std::string& path) = 0;

  /// Names made or removed in `path` survive a power failure.
  virtual caf::error sync_directory(const std::string& path) = 0;

  /// Names in a directory, in no particular order, without "." and "..". On a
  /// share this may be a listing of some seconds ago; see list_fresh. An error
  /// with errc::not_found where there is none.
  virtual caf::expected<std::vector<std::string>> list(const std::string& path)
    = 0;

  /// Locks a file, which is made if need be, without waiting: null where
  /// somebody else holds it. A lock belongs to this call, not to the process:
  /// two locks in one process exclude each other too.
  virtual caf::expected<std::unique_ptr<file_lock>>
  try_lock(const std::string& path, lock_mode mode) = 0;
};

/// "a/b" of "a/b/c"; "." of "c".
std::string parent_directory(std::string_view path);

/// More bytes than any file has that is read as a whole.
inline constexpr std::uint64_t max_whole_file = std::uint64_t{1} << 30;

/// Reads a whole file. Errors: also bad_model where it is larger than any such
/// file, whatever its content.
caf::expected<std::string> read_all(file_system& files,
                                    const std::string& path);

/// Whether a listing must be of now.
enum class freshness : std::uint8_t {
  /// An error where the directory cannot be written to.
  required,
  /// As fresh as permissions allow.
  preferred,
};

/// Lists a directory as it is now: an NFS client fetches a directory anew after
/// it has changed it, so a temporary name is made first, and removed
/// afterwards.
caf::expected<std::vector<std::string>>
list_fresh(file_system& files, const std::string& path, freshness wanted);

/// 16 hexadecimal digits that nobody else draws.
std::string random_text();

/// A name next to `path` that nobody else uses; see is_temporary.
std::string temporary_name(const std::string& path);

/// Whether a file name (without directory) was made by temporary_name.
bool is_temporary(std::string_view name);

/// What a temporary name was to become; another name as it is.
std::string_view final_name(std::string_view name);

/// Whether an NFS client made this name: a file that is removed while it is
/// open or locked there stays under such a name until that ends.
bool is_kept_by_nfs(std::string_view name);

/// The only way in which the store makes files: a temporary name, its content
/// synced, linked to its own name, the temporary name removed, the directory
/// synced. A name that exists is never replaced.
class new_file {
public:
  /// Creates the temporary file beside `path`.
  static caf::expected<new_file> make(file_system& files,
                                      const std::string& path);

  new_file(new_file&& other) noexcept
    : files_(std::exchange(other.files_, nullptr)),
      temporary_(std::move(other.temporary_)),
      out_(std::move(other.out_)) {
    // nop
  }

  new_file& operator=(new_file&&) = delete;

  /// Removes what was not published.
  ~new_file();

  caf::error write(std::span<const std::byte> bytes) {
    return out_->write(bytes);
  }

  /// Syncs and closes the temporary file.
  caf::error finish();

  /// Locks the finished file. The lock stays when it gets its name.
  caf::expected<std::unique_ptr<file_lock>> try_lock(lock_mode mode) {
    return files_->try_lock(temporary_, mode);
  }

  /// Links the finished file to `path` in the same directory, and makes that
  /// durable: false where it exists (which is then durable too); may be called
  /// again with another name.
  caf::expected<bool> publish(const std::string& path);

private:
  new_file(file_system& files, std::string temporary,
           std::unique_ptr<output_file> out)
    : files_(&files), temporary_(std::move(temporary)), out_(std::move(out)) {
    // nop
  }

  /// Null in what was moved from.
  file_system* files_;
  std::string temporary_;
  std::unique_ptr<output_file> out_;
};

/// "'PATH' is damaged at offset N: WHAT"
caf::error damaged_file(const std::string& path, std::uint64_t offset,
                        std::string_view what);

/// Makes a small file in one go: false where `path` exists.
caf::expected<bool> write_once(file_system& files, const std::string& path,
                               std::string_view content);

/// Likewise, but the file is locked before it has its name: null where `path`
/// exists, or somebody else has locked the temporary file.
caf::expected<std::unique_ptr<file_lock>> write_locked(file_system& files,
                                                       const std::string& path,
                                                       std::string_view content,
                                                       lock_mode mode);

} // namespace ganglion
