#include "runtime/model_store/files/retrying_files.hpp"

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"

namespace ganglion {

namespace {

/// Calls `f` until it fails otherwise than as stale, or `attempts` times.
template <class F>
auto retry(F f) {
  auto result = f();
  for (int i = 1; i < retrying_files::attempts; ++i) {
    if (result || result.error() != errc::stale)
      break;
    result = f();
  }
  return result;
}

class retrying_input : public input_file {
private:
  template <class F>
  auto reopening(F f) {
    bool first = true;
    return retry([&]() -> decltype(f()) {
      if (!std::exchange(first, false)) {
        auto again = files_->open(path_);
        if (!again)
          return again.error();
        file_ = std::move(*again);
      }
      return f();
    });
  }

public:
  retrying_input(std::shared_ptr<file_system> files, std::string path,
                 std::unique_ptr<input_file> file)
    : files_(std::move(files)), path_(std::move(path)), file_(std::move(file)) {
    // nop
  }

  caf::expected<std::uint64_t> size() override {
    return reopening([this] { return file_->size(); });
  }

  caf::expected<std::size_t> read_at(std::uint64_t offset,
                                     std::span<std::byte> buffer) override {
    return reopening([&] { return file_->read_at(offset, buffer); });
  }

private:
  std::shared_ptr<file_system> files_;
  std::string path_;
  std::unique_ptr<input_file> file_;
};

} // namespace

retrying_files::retrying_files(std::shared_ptr<file_system> inner)
  : inner_(std::move(inner)) {
  // nop
}

caf::expected<std::unique_ptr<output_file>>
retrying_files::create(const std::string& path) {
  return inner_->create(path);
}

caf::expected<std::unique_ptr<input_file>>
retrying_files::open(const std::string& path) {
  auto file = retry([&] { return inner_->open(path); });
  if (!file)
    return file.error();
  return std::make_unique<retrying_input>(inner_, path, std::move(*file));
}

caf::expected<bool> retrying_files::link(const std::string& from,
                                         const std::string& to) {
  return inner_->link(from, to);
}

caf::expected<bool> retrying_files::remove(const std::string& path) {
  return inner_->remove(path);
}

caf::expected<bool> retrying_files::make_directory(const std::string& path) {
  return inner_->make_directory(path);
}

caf::expected<bool> retrying_files::remove_directory(const std::string& path) {
  return inner_->remove_directory(path);
}

caf::error retrying_files::sync_directory(const std::string& path) {
  return inner_->sync_directory(path);
}

caf::expected<std::vector<std::string>>
retrying_files::list(const std::string& path) {
  return retry([&] { return inner_->list(path); });
}

caf::expected<std::unique_ptr<file_lock>>
retrying_files::try_lock(const std::string& path, lock_mode mode) {
  return inner_->try_lock(path, mode);
}

} // namespace ganglion
