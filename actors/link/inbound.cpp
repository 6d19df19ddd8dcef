#include "actors/link/inbound.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/messages/checks.hpp"

namespace ganglion {

namespace {

/// More than any sender alternates between.
constexpr std::size_t max_streams = 1024;

/// What a tensor costs beside its values.
constexpr std::size_t overhead = 512;

} // namespace

/// A matrix that is counted while anybody refers to it.
class inbound_tensors::room_taken {
public:
  room_taken(memory_account_ptr account, std::size_t counted)
    : account_(std::move(account)), counted_(counted) {
    // nop
  }

  room_taken(const room_taken&) = delete;
  room_taken& operator=(const room_taken&) = delete;

  ~room_taken() {
    account_->tensors -= counted_;
  }

  matrix values;

private:
  memory_account_ptr account_;
  std::size_t counted_;
};

caf::error inbound_tensors::announce(std::uint32_t stream, tensor_head head,
                                     bool wanted,
                                     const memory_account_ptr& memory) {
  if (entries_.size() >= max_streams || entries_.contains(stream))
    return make_failure(errc::protocol, "too many tensors at once");
  if (head.rows > max_tensor_values
      || head.columns
           > max_tensor_values / std::max<std::uint64_t>(head.rows, 1))
    return make_failure(errc::protocol, fmt::format("a tensor [{} x {}]",
                                                    head.rows, head.columns));
  entry x;
  x.total = head.rows * head.columns * sizeof(float);
  x.announced = std::chrono::steady_clock::now();
  if (wanted) {
    auto counted = x.total + overhead
                   + head_of(head.message).watch.size() * sizeof(layer_id);
    if (!memory_account::take(memory->tensors, counted,
                              memory_account::most_tensors))
      return make_failure(
        errc::protocol, fmt::format("a tensor of {} bytes, beyond the {} that "
                                    "may be in the network at once: use more "
                                    "micro-batches",
                                    x.total, memory_account::most_tensors));
    x.values = std::make_shared<room_taken>(memory, counted);
    x.values->values = matrix{head.rows, head.columns};
    x.message = std::move(head.message);
  }
  entries_.emplace(stream, std::move(x));
  return {};
}

caf::expected<std::optional<tensor_message>>
inbound_tensors::add(std::uint32_t stream, std::span<const std::byte> bytes) {
  if (auto to = room(stream, bytes.size()); !to.empty())
    std::memcpy(to.data(), bytes.data(), to.size());
  return filled(stream, bytes.size());
}

std::span<std::byte> inbound_tensors::room(std::uint32_t stream,
                                           std::size_t count) {
  auto i = entries_.find(stream);
  if (i == entries_.end() || !i->second.values)
    return {};
  auto& x = i->second;
  return std::as_writable_bytes(x.values->values.values())
    .subspan(x.filled, std::min(count, x.total - x.filled));
}

caf::expected<std::optional<tensor_message>>
inbound_tensors::filled(std::uint32_t stream, std::size_t count) {
  auto i = entries_.find(stream);
  if (i == entries_.end())
    return make_failure(errc::protocol, "tensor data that was not announced");
  auto& x = i->second;
  if (count > x.total - x.filled)
    return make_failure(errc::protocol, "more tensor data than announced");
  x.filled += count;
  if (x.filled < x.total)
    return std::optional<tensor_message>{};
  std::optional<tensor_message> result;
  if (x.values) {
    const auto& all = x.values->values;
    values_of(x.message) = tensor{
      std::shared_ptr<const float[]>{x.values, all.data()}, all.rows(),
      all.columns(), all.columns()};
    result = std::move(x.message);
    announced_at_ = x.announced;
  }
  entries_.erase(i);
  return result;
}

} // namespace ganglion
