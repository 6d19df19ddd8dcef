// A file system for tests that goes wrong on demand. It counts and logs every
// call that reaches it, those to open files too; it can fail one of them, stop
// there as a process that dies (everything fails from then on, and its locks
// are free), call back before and after each, and list directories as they were
// when this process last looked or changed something there, as an NFS client
// does.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/model_store/files/file_system.hpp"

namespace ganglion {

enum class fault {
  none,
  io_error,
  disk_full,
  stale,
  /// Half of what is to be written is written.
  short_write,
  stop_before,
  stop_after,
};

class faulty_files : public file_system {
public:
  explicit faulty_files(file_system& inner);

  /// What happens at call `n`, counted from 1.
  void fail_at(std::uint64_t n, fault what);

  /// Fails `times` calls from call `n` on.
  void fail_from(std::uint64_t n, std::uint64_t times, fault what);

  /// Called with the number of each call, before it is carried out.
  void before_each(std::function<void(std::uint64_t)> hook);

  /// Called with each call, as the log has it, before and after it is carried
  /// out.
  void around_each(std::function<void(const std::string&)> before,
                   std::function<void(const std::string&)> after);

  void give_stale_listings();

  [[nodiscard]] std::uint64_t calls() const;

  [[nodiscard]] bool stopped() const;

  /// The calls so far: "link a b".
  [[nodiscard]] std::vector<std::string> log() const;

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
  friend class faulty_output;
  friend class faulty_input;

  /// Null once the process has stopped.
  using lock_slot = std::shared_ptr<std::unique_ptr<file_lock>>;

  void stop();
  void forget(const std::string& path);

  template <class F>
  auto watched(const std::string& what, F f) -> decltype(f());

  /// Carries a call out, or not.
  template <class F>
  auto call(std::string what, F f) -> decltype(f());

  file_system& inner_;
  mutable std::mutex mutex_;
  std::function<void(std::uint64_t)> hook_;
  std::function<void(const std::string&)> before_;
  std::function<void(const std::string&)> after_;
  std::uint64_t first_ = 0;
  std::uint64_t times_ = 0;
  fault what_ = fault::none;
  bool stopped_ = false;
  std::vector<std::string> log_;
  std::vector<lock_slot> locks_;
  bool stale_listings_ = false;
  std::map<std::string, std::vector<std::string>> listings_;
};

} // namespace ganglion
