#include "runtime/model_store/exchange/export_values.hpp"

#include <algorithm>
#include <bit>
#include <vector>

namespace ganglion {

namespace {

static_assert(std::endian::native == std::endian::little);

/// Bytes of parameters that are read at a time.
constexpr std::uint64_t slice_size = std::uint64_t{1} << 24;

} // namespace

std::uint64_t bytes_of(const network& net, const planned_tensor& x) {
  return net.at(x.layer).neurons * x.columns * sizeof(float);
}

caf::error read_values(const export_source& from, const planned_tensor& x,
                       const byte_sink& to) {
  const auto& net = from.net;
  auto row = net.parameters_per_neuron(x.layer) * sizeof(float);
  auto left = net.range_of(x.layer);
  std::vector<float> values;
  while (!left.empty()) {
    auto count = std::clamp<std::uint64_t>(slice_size / row, 1, left.count);
    auto piece = from.load({left.first, count});
    if (!piece)
      return piece.error();
    values.clear();
    for (std::size_t i = 0; i < count; ++i) {
      auto part = piece->weights.row(i).subspan(x.first_column, x.columns);
      values.insert(values.end(), part.begin(), part.end());
    }
    if (auto err = to(std::as_bytes(std::span{values})))
      return err;
    left = range_between(left.first + count, left.end());
  }
  return {};
}

} // namespace ganglion
