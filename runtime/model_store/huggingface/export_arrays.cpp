#include "runtime/model_store/huggingface/export_arrays.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/model_store/huggingface/array_layout.hpp"

namespace ganglion {

namespace {

/// Bytes of parameters that are read at a time.
constexpr std::uint64_t rows_size = std::uint64_t{1} << 24;

/// What to do about it.
constexpr std::string_view go_elsewhere
  = "export it as FILE.safetensors, which has all parameters by the names of "
    "layers, or choose a commit from before its training with --commit";

} // namespace

hf_arrays::hf_arrays(const export_source& from, hf_config config)
  : from_(from),
    config_(std::move(config)),
    sources_(sources_of(config_, from.net)) {
  // nop
}

std::vector<hf_array> hf_arrays::list() const {
  std::vector<hf_array> result;
  for (const auto& x : sources_) {
    if (x.tensor.empty())
      continue;
    auto i = std::ranges::find(result, x.tensor, &hf_array::name);
    if (i == result.end())
      result.push_back({x.tensor, x.layer, {x}});
    else if (i->layer == x.layer)
      i->parts.push_back(x);
    // Otherwise it is tied to one that is there.
  }
  return result;
}

std::vector<std::uint64_t> hf_arrays::shape_of(const hf_array& x) const {
  return hf_layout{from_.net, x.parts.front()}.shape();
}

std::span<const float> hf_arrays::own_values(const hf_source& x,
                                             std::span<const float> row) const {
  auto parts = from_.net.parts_of(x.layer);
  std::uint64_t first = 0;
  for (const auto& part : parts.first(x.part))
    first += part.columns;
  return row.subspan(first, parts[x.part].columns);
}

std::string hf_arrays::name_of(const hf_source& x) const {
  return fmt::format("{}.{}", from_.net.at(x.layer).name,
                     from_.net.parts_of(x.layer)[x.part].name);
}

caf::error hf_arrays::check_zeros(layer_id layer, std::uint64_t neuron,
                                  std::span<const float> row) const {
  for (const auto& x : sources_) {
    if (x.layer != layer || !x.tensor.empty())
      continue;
    auto values = own_values(x, row);
    auto other = std::ranges::find_if(values, [](float y) { return y != 0; });
    if (other != values.end())
      return make_failure(
        errc::bad_argument,
        fmt::format("{} is {} for neuron {}, and {} has no such parameters, "
                    "as if all were 0: {}",
                    name_of(x), *other, neuron, config_.architecture,
                    go_elsewhere));
  }
  return {};
}

caf::error hf_arrays::not_shared(const hf_source& x,
                                 std::uint64_t neuron) const {
  return make_failure(
    errc::bad_argument,
    fmt::format("{} of neuron {} differs from that of neuron 0, and {} has one "
                "for all heads, {}: {}",
                name_of(x), neuron, config_.architecture, x.tensor,
                go_elsewhere));
}

caf::error hf_arrays::each_row(layer_id layer, const row_visitor& f) const {
  const auto& net = from_.net;
  auto row = net.parameters_per_neuron(layer) * sizeof(float);
  auto all = net.range_of(layer);
  auto left = all;
  while (!left.empty()) {
    auto count = std::clamp<std::uint64_t>(rows_size / row, 1, left.count);
    auto piece = from_.load({left.first, count});
    if (!piece)
      return piece.error();
    for (std::size_t i = 0; i < count; ++i) {
      auto neuron = left.first - all.first + i;
      if (auto err = check_zeros(layer, neuron, piece->weights.row(i)))
        return err;
      if (auto err = f(neuron, piece->weights.row(i)))
        return err;
    }
    left = range_between(left.first + count, left.end());
  }
  return {};
}

caf::expected<std::vector<float>> hf_arrays::read(const hf_array& x) const {
  std::vector<std::pair<const hf_source*, hf_layout>> parts;
  for (const auto& part : x.parts)
    parts.emplace_back(&part, hf_layout{from_.net, part});
  std::vector<float> result(parts.front().second.size());
  auto put = [&](std::uint64_t neuron, std::span<const float> row) {
    for (const auto& [source, layout] : parts) {
      auto own = own_values(*source, row);
      if (!source->shared || neuron == 0)
        layout.put(own, neuron, result);
      else if (!layout.has(own, neuron, result))
        return not_shared(*source, neuron);
    }
    return caf::error{};
  };
  if (auto err = each_row(x.layer, put))
    return err;
  return result;
}

caf::error hf_arrays::look_at_tied() {
  if (!config_.tied)
    return {};
  // The logits are the last layer, and their weights its first part.
  auto logits = std::ranges::find(
    sources_, static_cast<layer_id>(from_.net.layers().size() - 1),
    &hf_source::layer);
  auto arrays = list();
  auto embedding = std::ranges::find(arrays, logits->tensor, &hf_array::name);
  auto values = read(*embedding);
  if (!values)
    return values.error();
  hf_layout layout{from_.net, *logits};
  auto equal = true;
  auto compare = [&](std::uint64_t neuron, std::span<const float> row) {
    equal = equal && layout.has(own_values(*logits, row), neuron, *values);
    return caf::error{};
  };
  if (auto err = each_row(logits->layer, compare))
    return err;
  if (!equal) {
    config_.tied = false;
    sources_ = sources_of(config_, from_.net);
  }
  return {};
}

} // namespace ganglion
