#include "runtime/model_store/files/file_system.hpp"

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

constexpr std::string_view temporary_suffix = ".new";

/// Made so that a listing is fetched anew; see list_fresh.
const std::string refresher = "listing";

/// Bytes that are read at a time.
constexpr std::size_t read_size = std::size_t{1} << 20;

} // namespace

std::string parent_directory(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/'))
    path.remove_suffix(1);
  auto slash = path.rfind('/');
  if (slash == path.npos)
    return ".";
  return std::string{path.substr(0, std::max<std::size_t>(slash, 1))};
}

caf::expected<std::string> read_all(file_system& files,
                                    const std::string& path) {
  auto file = files.open(path);
  if (!file)
    return file.error();
  auto size = (*file)->size();
  if (!size)
    return size.error();
  if (*size > max_whole_file)
    return make_failure(errc::bad_model,
                        fmt::format("'{}' has {} bytes, more than such a file "
                                    "ever has: restore it",
                                    path, *size));
  std::string result;
  while (result.size() < *size) {
    auto done = result.size();
    result.resize(done + std::min<std::uint64_t>(read_size, *size - done));
    auto rest = std::as_writable_bytes(std::span{result}).subspan(done);
    auto got = (*file)->read_at(done, rest);
    if (!got)
      return got.error();
    if (*got < rest.size())
      return make_failure(errc::bad_model,
                          fmt::format("'{}' ends at offset {}, but {} bytes "
                                      "were there when it was opened",
                                      path, done + *got, *size));
  }
  return result;
}

caf::expected<std::vector<std::string>>
list_fresh(file_system& files, const std::string& path, freshness wanted) {
  auto made = files.create(temporary_name(path + "/" + refresher));
  if (!made && wanted == freshness::required)
    return made.error();
  if (made) // closed, lest an NFS client keeps it under another name
    made->reset();
  auto names = files.list(path);
  if (!names)
    return names;
  // Others' too: a process that died may have left one, and nobody needs them
  // any more once they are made.
  auto is_refresher = [](const std::string& name) {
    return is_temporary(name) && final_name(name) == refresher;
  };
  for (const auto& name : *names)
    if (is_refresher(name))
      static_cast<void>(files.remove(path + "/" + name));
  std::erase_if(*names, is_refresher);
  return names;
}

std::string random_text() {
  thread_local std::random_device source;
  auto high = source();
  return fmt::format("{:08x}{:08x}", high, source());
}

std::string temporary_name(const std::string& path) {
  return fmt::format("{}.{}{}", path, random_text(), temporary_suffix);
}

bool is_temporary(std::string_view name) {
  return name.ends_with(temporary_suffix);
}

std::string_view final_name(std::string_view name) {
  if (!is_temporary(name))
    return name;
  name.remove_suffix(temporary_suffix.size());
  return name.substr(0, name.rfind('.'));
}

bool is_kept_by_nfs(std::string_view name) {
  return name.starts_with(".nfs");
}

caf::expected<new_file> new_file::make(file_system& files,
                                       const std::string& path) {
  auto temporary = temporary_name(path);
  auto out = files.create(temporary);
  if (!out)
    return out.error();
  return new_file{files, std::move(temporary), std::move(*out)};
}

new_file::~new_file() {
  if (files_ == nullptr)
    return;
  out_.reset();
  // Should this fail, fsck finds the file.
  static_cast<void>(files_->remove(temporary_));
}

caf::error new_file::finish() {
  if (auto err = out_->sync())
    return err;
  return out_->close();
}

caf::expected<bool> new_file::publish(const std::string& path) {
  auto linked = files_->link(temporary_, path);
  if (!linked)
    return linked.error();
  auto& files = *files_;
  if (*linked) {
    // Should this fail, fsck finds the file; what matters is there.
    static_cast<void>(files.remove(temporary_));
    files_ = nullptr;
  }
  if (auto err = files.sync_directory(parent_directory(path)))
    return err;
  return *linked;
}

namespace {

caf::expected<new_file> write_new(file_system& files, const std::string& path,
                                  std::string_view content) {
  auto file = new_file::make(files, path);
  if (!file)
    return file;
  if (auto err = file->write(std::as_bytes(std::span{content})))
    return err;
  if (auto err = file->finish())
    return err;
  return file;
}

} // namespace

caf::error damaged_file(const std::string& path, std::uint64_t offset,
                        std::string_view what) {
  return make_failure(
    errc::bad_model,
    fmt::format("'{}' is damaged at offset {}: {}", path, offset, what));
}

caf::expected<bool> write_once(file_system& files, const std::string& path,
                               std::string_view content) {
  auto file = write_new(files, path, content);
  if (!file)
    return file.error();
  return file->publish(path);
}

caf::expected<std::unique_ptr<file_lock>> write_locked(file_system& files,
                                                       const std::string& path,
                                                       std::string_view content,
                                                       lock_mode mode) {
  auto file = write_new(files, path, content);
  if (!file)
    return file.error();
  auto lock = file->try_lock(mode);
  if (!lock || !*lock)
    return lock;
  auto made = file->publish(path);
  if (!made)
    return made.error();
  if (!*made)
    lock->reset();
  return lock;
}

} // namespace ganglion
