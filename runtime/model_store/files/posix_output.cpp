#include "runtime/model_store/files/posix_output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <new>
#include <utility>

namespace ganglion::posix {

namespace {

/// Addresses, offsets and sizes past the cache are multiples of this; no disk
/// is known to want more.
constexpr std::size_t page = 4096;

/// Bytes of one transfer: many enough to keep a disk or a share busy.
constexpr std::size_t block_size = std::size_t{4} << 20;

/// Memory that begins at a page.
class block {
public:
  block()
    : bytes_(static_cast<std::byte*>(
      ::operator new (block_size, std::align_val_t{page}))) {
    // nop
  }

  block(const block&) = delete;
  block& operator=(const block&) = delete;

  ~block() {
    ::operator delete (bytes_, std::align_val_t{page});
  }

  /// As many of `bytes` as there is room for.
  std::size_t append(std::span<const std::byte> bytes) {
    auto count = std::min(bytes.size(), block_size - used_);
    std::copy_n(bytes.begin(), count, bytes_ + used_);
    used_ += count;
    return count;
  }

  [[nodiscard]] bool full() const noexcept {
    return used_ == block_size;
  }

  /// What is in it, which is then empty.
  std::span<const std::byte> take() {
    return {bytes_, std::exchange(used_, 0)};
  }

private:
  std::byte* bytes_;
  std::size_t used_ = 0;
};

class output : public output_file {
public:
  output(std::string path, descriptor file)
    : path_(std::move(path)), file_(std::move(file)) {
    // nop
  }

  caf::error write(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      bytes = bytes.subspan(block_.append(bytes));
      if (!block_.full())
        break;
      pass_cache(true);
      if (auto err = transfer(block_.take()))
        return err;
    }
    return {};
  }

  caf::error sync() override {
    if (auto err = finish())
      return err;
    auto done = uninterrupted([&] { return ::fsync(file_.get()); });
    return done < 0 ? failed("sync", path_) : caf::error{};
  }

  caf::error close() override {
    if (auto err = finish())
      return err;
    return file_.close() ? caf::error{} : failed("close", path_);
  }

private:
  /// Writes what is no whole block.
  caf::error finish() {
    pass_cache(false);
    return transfer(block_.take());
  }

  /// After an error, always that: what follows would be in the wrong place.
  caf::error transfer(std::span<const std::byte> bytes) {
    while (!failure_ && !bytes.empty()) {
      auto done = uninterrupted(
        [&] { return ::write(file_.get(), bytes.data(), bytes.size()); });
      // Some file systems say only now that they want the cache, or end a
      // transfer where the next one cannot begin.
      if (done < 0 && errno == EINVAL && past_cache_) {
        refused_ = true;
        pass_cache(false);
        continue;
      }
      if (done < 0)
        return failure_ = failed("write", path_, offset_);
      bytes = bytes.subspan(static_cast<std::size_t>(done));
      offset_ += static_cast<std::uint64_t>(done);
    }
    return failure_;
  }

  /// Whether the next transfers go past the cache, if that is possible.
  void pass_cache(bool wanted) {
#ifdef O_DIRECT
    if (wanted == past_cache_ || (wanted && refused_))
      return;
    auto flags = ::fcntl(file_.get(), F_GETFL);
    flags = wanted ? flags | O_DIRECT : flags & ~O_DIRECT;
    if (::fcntl(file_.get(), F_SETFL, flags) != 0)
      refused_ = true;
    past_cache_ = wanted && !refused_;
#else
    static_cast<void>(wanted);
#endif
  }

  std::string path_;
  descriptor file_;
  block block_;
  std::uint64_t offset_ = 0;
  caf::error failure_;
  bool past_cache_ = false;
  bool refused_ = false;
};

} // namespace

std::unique_ptr<output_file> make_output(std::string path, descriptor file) {
  return std::make_unique<output>(std::move(path), std::move(file));
}

} // namespace ganglion::posix
