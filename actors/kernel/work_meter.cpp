#include "actors/kernel/work_meter.hpp"

namespace ganglion {

std::size_t work_meter::index_of_thread() noexcept {
  static std::atomic<std::size_t> threads = 0;
  static thread_local auto mine = threads++ % slot_count;
  return mine;
}

std::uint64_t work_meter::pieces() const noexcept {
  std::uint64_t result = 0;
  for (const auto& x : slots_)
    result += x.pieces.load(std::memory_order_relaxed);
  return result;
}

std::uint32_t work_meter::stuck_since(look& last) const noexcept {
  std::uint32_t result = 0;
  for (std::size_t i = 0; i < slot_count; ++i) {
    auto pieces = slots_[i].pieces.load(std::memory_order_relaxed);
    auto what = slots_[i].what.load(std::memory_order_relaxed);
    if (what != 0 && what == last.what[i] && pieces == last.pieces[i])
      result = what;
    last.pieces[i] = pieces;
    last.what[i] = what;
  }
  return result;
}

} // namespace ganglion
