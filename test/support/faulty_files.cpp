#include "test/support/faulty_files.hpp"

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

using guard = std::lock_guard<std::mutex>;

caf::error dead(const std::string& call) {
  return make_failure(errc::system,
                      fmt::format("cannot {}: the process is dead", call));
}

caf::error failure(fault what, const std::string& call) {
  switch (what) {
    case fault::disk_full:
      return make_failure(errc::system,
                          fmt::format("cannot {}: No space left", call));
    case fault::stale:
      return make_failure(errc::stale,
                          fmt::format("cannot {}: Stale file handle", call));
    default:
      return make_failure(errc::system,
                          fmt::format("cannot {}: Input/output error", call));
  }
}

class faulty_lock : public file_lock {
public:
  explicit faulty_lock(std::shared_ptr<std::unique_ptr<file_lock>> slot)
    : slot_(std::move(slot)) {
    // nop
  }

  ~faulty_lock() override {
    slot_->reset();
  }

private:
  std::shared_ptr<std::unique_ptr<file_lock>> slot_;
};

} // namespace

faulty_files::faulty_files(file_system& inner) : inner_(inner) {
  // nop
}

void faulty_files::fail_at(std::uint64_t n, fault what) {
  fail_from(n, 1, what);
}

void faulty_files::fail_from(std::uint64_t n, std::uint64_t times, fault what) {
  first_ = n;
  times_ = times;
  what_ = what;
}

void faulty_files::before_each(std::function<void(std::uint64_t)> hook) {
  hook_ = std::move(hook);
}

void faulty_files::around_each(std::function<void(const std::string&)> before,
                               std::function<void(const std::string&)> after) {
  before_ = std::move(before);
  after_ = std::move(after);
}

void faulty_files::give_stale_listings() {
  stale_listings_ = true;
}

std::uint64_t faulty_files::calls() const {
  guard lock{mutex_};
  return log_.size();
}

bool faulty_files::stopped() const {
  guard lock{mutex_};
  return stopped_;
}

std::vector<std::string> faulty_files::log() const {
  guard lock{mutex_};
  return log_;
}

void faulty_files::stop() {
  guard lock{mutex_};
  stopped_ = true;
  for (const auto& slot : locks_)
    slot->reset();
}

void faulty_files::forget(const std::string& path) {
  guard lock{mutex_};
  listings_.erase(parent_directory(path));
}

template <class F>
auto faulty_files::watched(const std::string& what, F f) -> decltype(f()) {
  if (before_)
    before_(what);
  auto result = f();
  if (after_)
    after_(what);
  return result;
}

template <class F>
auto faulty_files::call(std::string what, F f) -> decltype(f()) {
  std::uint64_t number = 0;
  {
    guard lock{mutex_};
    log_.push_back(what);
    number = log_.size();
  }
  if (hook_)
    hook_(number);
  auto hit = number >= first_ && number - first_ < times_;
  if (stopped())
    return dead(what);
  if (!hit)
    return watched(what, f);
  if (what_ == fault::stop_after)
    static_cast<void>(f());
  if (what_ == fault::stop_before || what_ == fault::stop_after) {
    stop();
    return dead(what);
  }
  return failure(what_, what);
}

class faulty_output : public output_file {
public:
  faulty_output(faulty_files& files, std::string path,
                std::unique_ptr<output_file> inner)
    : files_(files), path_(std::move(path)), inner_(std::move(inner)) {
    // nop
  }

  caf::error write(std::span<const std::byte> bytes) override {
    auto err = files_.call("write " + path_,
                           [&] { return inner_->write(bytes); });
    if (err && files_.what_ == fault::short_write && !files_.stopped())
      static_cast<void>(inner_->write(bytes.first(bytes.size() / 2)));
    return err;
  }

  caf::error sync() override {
    return files_.call("sync " + path_, [&] { return inner_->sync(); });
  }

  caf::error close() override {
    return files_.call("close " + path_, [&] { return inner_->close(); });
  }

private:
  faulty_files& files_;
  std::string path_;
  std::unique_ptr<output_file> inner_;
};

class faulty_input : public input_file {
public:
  faulty_input(faulty_files& files, std::string path,
               std::unique_ptr<input_file> inner)
    : files_(files), path_(std::move(path)), inner_(std::move(inner)) {
    // nop
  }

  caf::expected<std::uint64_t> size() override {
    return files_.call("size " + path_, [&] { return inner_->size(); });
  }

  caf::expected<std::size_t> read_at(std::uint64_t offset,
                                     std::span<std::byte> buffer) override {
    return files_.call(
      fmt::format("read {} {} {}", path_, offset, buffer.size()),
      [&] { return inner_->read_at(offset, buffer); });
  }

private:
  faulty_files& files_;
  std::string path_;
  std::unique_ptr<input_file> inner_;
};

caf::expected<std::unique_ptr<output_file>>
faulty_files::create(const std::string& path) {
  forget(path);
  auto file = call("create " + path, [&] { return inner_.create(path); });
  if (!file)
    return file.error();
  return std::make_unique<faulty_output>(*this, path, std::move(*file));
}

caf::expected<std::unique_ptr<input_file>>
faulty_files::open(const std::string& path) {
  auto file = call("open " + path, [&] { return inner_.open(path); });
  if (!file)
    return file.error();
  return std::make_unique<faulty_input>(*this, path, std::move(*file));
}

caf::expected<bool> faulty_files::link(const std::string& from,
                                       const std::string& to) {
  forget(to);
  return call(fmt::format("link {} {}", from, to),
              [&] { return inner_.link(from, to); });
}

caf::expected<bool> faulty_files::remove(const std::string& path) {
  forget(path);
  return call("remove " + path, [&] { return inner_.remove(path); });
}

caf::expected<bool> faulty_files::make_directory(const std::string& path) {
  forget(path);
  return call("make_directory " + path,
              [&] { return inner_.make_directory(path); });
}

caf::expected<bool> faulty_files::remove_directory(const std::string& path) {
  forget(path);
  return call("remove_directory " + path,
              [&] { return inner_.remove_directory(path); });
}

caf::error faulty_files::sync_directory(const std::string& path) {
  return call("sync_directory " + path,
              [&] { return inner_.sync_directory(path); });
}

caf::expected<std::vector<std::string>>
faulty_files::list(const std::string& path) {
  return call("list " + path, [&]() -> caf::expected<std::vector<std::string>> {
    if (!stale_listings_)
      return inner_.list(path);
    {
      guard lock{mutex_};
      if (auto i = listings_.find(path); i != listings_.end())
        return i->second;
    }
    auto names = inner_.list(path);
    guard lock{mutex_};
    if (names)
      listings_[path] = *names;
    return names;
  });
}

caf::expected<std::unique_ptr<file_lock>>
faulty_files::try_lock(const std::string& path, lock_mode mode) {
  forget(path);
  auto lock = call("lock " + path, [&] { return inner_.try_lock(path, mode); });
  if (!lock || !*lock)
    return lock;
  auto slot = std::make_shared<std::unique_ptr<file_lock>>(std::move(*lock));
  guard hold{mutex_};
  locks_.push_back(slot);
  return std::make_unique<faulty_lock>(std::move(slot));
}

} // namespace ganglion
