// What peers may make a process remember: bytes of messages and tensors that
// are on their way in, and of tensors that nobody has done with yet. Shared by
// all links of an owner; safe from any thread. It allocates nothing itself.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace ganglion {

class memory_account {
public:
  /// Tensors, most of which an engine lets into the network at once: see
  /// max_values in runtime/engine/engine.cpp.
  static constexpr std::size_t most_tensors = std::size_t{5} << 28;

  /// Control messages whose end has not come.
  static constexpr std::size_t most_controls = std::size_t{128} << 20;

  std::atomic<std::size_t> tensors = 0;
  std::atomic<std::size_t> controls = 0;

  /// Takes so much, or says that there is not so much left.
  static bool take(std::atomic<std::size_t>& from, std::size_t count,
                   std::size_t most) noexcept {
    if (from.fetch_add(count) + count <= most)
      return true;
    from -= count;
    return false;
  }
};

using memory_account_ptr = std::shared_ptr<memory_account>;

/// Bytes of control messages, given back when this goes.
class memory_share {
public:
  memory_share() = default;

  memory_share(memory_share&& other) noexcept
    : account_(std::move(other.account_)),
      count_(std::exchange(other.count_, 0)) {
    // nop
  }

  memory_share& operator=(memory_share&& other) noexcept {
    std::swap(account_, other.account_);
    std::swap(count_, other.count_);
    return *this;
  }

  ~memory_share() {
    if (account_)
      account_->controls -= count_;
  }

  /// Takes more; false where there is none.
  bool grow(const memory_account_ptr& from, std::size_t count) noexcept {
    account_ = from;
    if (!memory_account::take(from->controls, count,
                              memory_account::most_controls))
      return false;
    count_ += count;
    return true;
  }

private:
  memory_account_ptr account_;
  std::size_t count_ = 0;
};

} // namespace ganglion
