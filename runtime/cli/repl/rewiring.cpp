// How weights come into networks of single neurons, and stay there when edges
// come and go.
#include <algorithm>
#include <functional>

#include "actors/kernel/layer_math.hpp"
#include "runtime/cli/repl/verbs.hpp"

namespace ganglion::cli {

namespace {

/// Bytes of parameters that are fetched or put at a time.
constexpr std::uint64_t piece_size = std::uint64_t{1} << 24;

/// The weight of an edge, where it is known.
using weight_of = std::function<std::optional<float>(const edge&)>;

/// Neurons of a layer in runs whose parameters are of moderate size.
std::vector<neuron_range> pieces_of(const network& net, layer_id id) {
  std::vector<neuron_range> result;
  auto row = net.parameters_per_neuron(id) * sizeof(float);
  auto left = row > 0 ? net.range_of(id) : neuron_range{};
  while (!left.empty()) {
    auto count = std::clamp<std::uint64_t>(piece_size / row, 1, left.count);
    result.push_back({left.first, count});
    left = range_between(left.first + count, left.end());
  }
  return result;
}

/// What initial weights follow from, in the deployed network.
definition_ptr definition_of(const workspace& w) {
  return std::make_shared<model_definition>(
    model_definition{*w.net, w.on->training()});
}

/// Initial parameters of neurons, but for the weights that are known.
matrix rows_with(const definition_ptr& model, layer_id id, neuron_range range,
                 const weight_of& known) {
  const auto& net = model->net;
  auto initial = make_layer_math(model, id, range)->block().parameters(range);
  matrix result{initial.rows(), initial.columns()};
  result.assign_columns(0, initial);
  for (std::uint64_t i = 0; i < range.count; ++i) {
    auto edges = edges_into(net.at(id).wires, neuron_range{range.first + i, 1});
    for (std::size_t k = 0; k < edges.size(); ++k)
      if (auto weight = known(edges[k]))
        result.row(i)[k] = *weight;
  }
  return result;
}

/// Parameters of neurons of the network `before`, for `after`.
tensor carried(const network& before, const definition_ptr& after, layer_id id,
               const parameters& x) {
  if (!before.is_wired(id))
    return x.weights;
  auto known = [&](const edge& y) -> std::optional<float> {
    auto edges = edges_into(before.at(id).wires, neuron_range{y.target, 1});
    auto i = std::lower_bound(edges.begin(), edges.end(), y);
    if (i == edges.end() || *i != y)
      return std::nullopt;
    return x.weights.row(y.target - x.range.first)[i - edges.begin()];
  };
  auto rows = rows_with(after, id, x.range, known);
  for (std::uint64_t i = 0; i < x.range.count; ++i)
    rows.row(i).back() = x.weights.row(i).back();
  return std::move(rows).freeze();
}

} // namespace

caf::error rewire_to(workspace& w, network net) {
  auto before = *w.net;
  std::vector<std::pair<layer_id, parameters>> old;
  for (layer_id id = 0; w.on && id < net.layers().size(); ++id) {
    for (auto piece : pieces_of(before, id)) {
      auto values = w.on->ask<parameters>(get_parameters{piece});
      if (!values)
        return values.error();
      old.emplace_back(id, std::move(*values));
    }
  }
  if (w.on) {
    if (auto err = w.on->replace(net)) {
      w.free();
      return err;
    }
    w.options.net = net;
    w.deeds.clear();
    w.past.clear();
    w.given = 0;
    w.kept = 0;
  }
  w.net = std::move(net);
  auto after = w.on ? definition_of(w) : nullptr;
  for (auto& [id, x] : old) {
    x.weights = carried(before, after, id, x);
    if (auto err = put(w, std::move(x)))
      return err;
  }
  return {};
}

caf::error put_given(workspace& w) {
  if (w.weights.empty())
    return {};
  auto known = [&w](const edge& x) -> std::optional<float> {
    auto i = w.weights.find(x);
    return i == w.weights.end() ? std::nullopt : std::optional{i->second};
  };
  auto model = definition_of(w);
  for (layer_id id = 0; id < w.net->layers().size(); ++id) {
    if (!w.net->is_wired(id))
      continue;
    for (auto piece : pieces_of(*w.net, id)) {
      auto rows = rows_with(model, id, piece, known);
      if (auto err = put(w, {piece, std::move(rows).freeze(), {}}))
        return err;
    }
  }
  w.given = w.deeds.size();
  return {};
}

} // namespace ganglion::cli
