#include "actors/inbound.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// More than any sender alternates between.
constexpr std::size_t max_streams = 4096;

/// Largest tensor that is taken from a peer, in values.
constexpr std::uint64_t max_values = std::uint64_t{1} << 32;

caf::error misfit(const tensor_head& x, std::string_view what) {
  const auto& head = head_of(x.message);
  return make_failure(
    errc::protocol,
    {fmt::format("a tensor [{} x {}] for neurons {} of layer {}: {}", x.rows,
                 x.columns, to_string(head.range), head.layer, what),
     {head.range},
     {},
     {}});
}

} // namespace

caf::error check_head(const network& net, const tensor_head& x) {
  const auto& head = head_of(x.message);
  if (head.layer >= net.layers().size())
    return misfit(x, "no such layer");
  if (x.rows == 0 || x.columns == 0 || x.rows > max_values / x.columns)
    return misfit(x, "an impossible size");
  auto all = net.range_of(head.layer);
  if (head.range.first < all.first || head.range.first > all.end()
      || head.range.count > all.end() - head.range.first || head.range.empty())
    return misfit(x, "not neurons of this layer");
  auto columns = head.range.count * net.at(head.layer).values;
  auto one_number = std::holds_alternative<targets>(x.message)
                    && x.columns == 1;
  // What the network answers may be of some of the neurons.
  if (std::holds_alternative<outputs>(x.message) && head.range == all
      && x.columns == net.answer_width(head.layer))
    return {};
  if (x.columns != columns && !one_number)
    return misfit(x, fmt::format("{} columns were expected", columns));
  return {};
}

caf::error inbound_tensors::announce(std::uint32_t stream, tensor_head head,
                                     bool wanted) {
  if (entries_.size() >= max_streams || entries_.contains(stream))
    return make_failure(errc::protocol, "too many tensors at once");
  entry x;
  x.message = std::move(head.message);
  x.total = head.rows * head.columns * sizeof(float);
  x.wanted = wanted;
  x.announced = std::chrono::steady_clock::now();
  if (wanted)
    x.values = matrix{head.rows, head.columns};
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
  if (i == entries_.end() || !i->second.wanted)
    return {};
  auto& x = i->second;
  return std::as_writable_bytes(x.values.values())
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
  if (x.wanted) {
    values_of(x.message) = std::move(x.values).freeze();
    result = std::move(x.message);
    announced_at_ = x.announced;
  }
  entries_.erase(i);
  return result;
}

} // namespace ganglion
