// What networks do for their sparse layers.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/network.hpp"

namespace ganglion {

namespace {

/// In archives: a sparse layer whose neurons have names.
constexpr auto named_sparse = static_cast<layer_kind>(
  0x80 | static_cast<std::uint8_t>(layer_kind::sparse));

caf::error bad_wiring(const layer& x, std::string_view problem) {
  return make_failure(
    errc::bad_network,
    {fmt::format("layer '{}' {}", x.name, problem), {}, {x.name}, {}});
}

} // namespace

caf::expected<network> network::from_parts(network_parts parts) {
  if (attach(parts.layers, std::move(parts.wires)))
    return make(std::move(parts.layers));
  return make_failure(errc::bad_network,
                      "sparse layers and wirings differ in number");
}

caf::error network::prepare_sparse() {
  schedules_.resize(layers_.size());
  for (layer_id id = 0; id < layers_.size(); ++id)
    if (layers_[id].kind == layer_kind::sparse)
      if (auto err = prepare_sparse_layer(id))
        return err;
  return {};
}

caf::error network::prepare_sparse_layer(layer_id id) {
  auto& x = layers_[id];
  // Sums are over edges, whoever else lives beside a neuron.
  x.block_size = 1;
  std::vector<neuron_range> sources;
  for (auto input : x.inputs) {
    if (layers_[input].values != 1 || x.values != 1)
      return bad_wiring(x, "is sparse: it and its inputs yield one value per "
                           "neuron, no more");
    sources.push_back(range_of(input));
  }
  if (auto problem = put_in_order(x.wires, range_of(id), sources);
      !problem.empty())
    return bad_wiring(x, problem);
  if (!x.wires.outputs.empty() && !consumers_[id].empty())
    return bad_wiring(x, "feeds other layers: only the last one has outputs");
  if (!x.wires.names.empty() && (layers_.size() != 2 || id != 1))
    return bad_wiring(x, "has names of neurons, which only a network of inputs "
                         "and one sparse layer can have");
  if (auto problem = check_names(x.wires.names, neuron_count());
      !problem.empty())
    return bad_wiring(x, problem);
  auto& plan = schedules_[id] = ganglion::schedule_of(x.wires, range_of(id));
  if (plan.row + 1 > max_sparse_parameters / x.neurons)
    return bad_wiring(x,
                      fmt::format("has {} neurons, of which one reads {}: "
                                  "their product may be {} at most",
                                  x.neurons, plan.row, max_sparse_parameters));
  if (plan.reads_itself && x.inputs.size() == 1)
    return bad_wiring(x, "takes itself as its only input: name an input layer");
  auto named = std::find(x.inputs.begin(), x.inputs.end(), id)
               != x.inputs.end();
  if (plan.reads_itself != named)
    return bad_wiring(x, "must name itself as an input where its neurons read "
                         "each other, and only there");
  return {};
}

bool network::has_sparse(const std::vector<layer>& layers) {
  return std::any_of(layers.begin(), layers.end(), [](const layer& x) {
    return x.kind == layer_kind::sparse;
  });
}

std::vector<wiring> network::wires() const {
  std::vector<wiring> result;
  for (const auto& x : layers_)
    if (x.kind == layer_kind::sparse)
      result.push_back(x.wires);
  return result;
}

bool network::attach(std::vector<layer>& layers, std::vector<wiring> all) {
  std::size_t next = 0;
  for (auto& x : layers)
    if (x.kind == layer_kind::sparse && next++ < all.size())
      x.wires = std::move(all[next - 1]);
  return next == all.size();
}

std::vector<layer> network::marked_layers() const {
  auto result = layers_;
  if (has_names())
    result[1].kind = named_sparse;
  return result;
}

bool network::take_marks(std::vector<layer>& layers) {
  auto found = false;
  for (auto& x : layers) {
    if (x.kind != named_sparse)
      continue;
    x.kind = layer_kind::sparse;
    found = true;
  }
  return found;
}

std::string_view network::name_of(neuron_id id) const {
  if (layers_.size() != 2 || id >= layers_[1].wires.names.size())
    return {};
  return layers_[1].wires.names[id];
}

std::optional<neuron_id> network::named(std::string_view name) const {
  if (!has_names())
    return std::nullopt;
  const auto& names = layers_[1].wires.names;
  auto i = std::find(names.begin(), names.end(), name);
  if (i == names.end())
    return std::nullopt;
  return static_cast<neuron_id>(i - names.begin());
}

std::uint64_t network::answer_width(layer_id id) const {
  std::uint64_t result = 0;
  for (auto x : layers_[id].wires.outputs)
    result += x.count;
  return result > 0 ? result : width_of(id);
}

std::uint64_t network::parameters_of(layer_id id, neuron_range range) const {
  if (layers_[id].kind != layer_kind::sparse) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    auto row = parameters_per_neuron(id);
    return row > 0 && range.count > most / row ? most : range.count * row;
  }
  return edges_into(layers_[id].wires, range).size() + range.count;
}

} // namespace ganglion
