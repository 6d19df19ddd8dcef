#include "metadata/messages/checks.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/layers/layer_rule.hpp"
#include "metadata/placement/groups.hpp"

namespace ganglion {

namespace {

caf::error misfit(neuron_range range, std::string text) {
  return make_failure(errc::protocol, {std::move(text), {range}, {}, {}});
}

using slice_function = std::uint64_t (*)(const network&, layer_id);

caf::error check_slice(neuron_range range, const deploy& of,
                       slice_function most) {
  auto owner = layer_with_all(range, of.net);
  if (!owner)
    return owner.error();
  auto limit = most(of.net, *owner);
  if (range.count <= limit)
    return {};
  return misfit(range, fmt::format("neurons {} are more than the {} that are "
                                   "handed over at a time",
                                   to_string(range), limit));
}

/// Arrays that the optimizer keeps for each parameter of these neurons.
std::size_t arrays_of(neuron_range range, const deploy& of) {
  auto owner = of.net.layer_of(range.first);
  auto trained = owner && rule_of(of.net.at(*owner)).trainable()
                 && of.net.parameters_per_neuron(*owner) > 0;
  return trained ? state_arrays(of.training.optimizer.kind) : 0;
}

caf::error check_values(const tensor& weights, const std::vector<tensor>& state,
                        neuron_range range, const deploy& of) {
  auto owner = layer_with_all(range, of.net);
  if (!owner)
    return owner.error();
  auto columns = of.net.parameters_per_neuron(*owner);
  auto fits = [&](const tensor& x) {
    return x.rows() == range.count && x.columns() == columns;
  };
  if (fits(weights) && std::ranges::all_of(state, fits))
    return {};
  return make_failure(
    errc::bad_model,
    {fmt::format("parameters of neurons {} in a shape that does not fit the "
                 "network: [{} x {}] were expected",
                 to_string(range), range.count, columns),
     {range},
     {},
     {}});
}

caf::error check_model(const model_place& x, const deploy& of) {
  if (x.path.empty() || x.path.find('\0') != std::string::npos)
    return make_failure(errc::bad_argument,
                        "the path of a model is empty, or holds a zero byte");
  if (x.network_hash == fingerprint(of.net))
    return {};
  return make_failure(errc::not_found,
                      fmt::format("the model '{}' is of another network than "
                                  "the one that is deployed: deploy its own",
                                  x.path));
}

caf::error other_range(neuron_range asked, neuron_range answered) {
  return asked == answered
           ? caf::error{}
           : misfit(asked, fmt::format("neurons {} for neurons {}",
                                       to_string(answered), to_string(asked)));
}

} // namespace

caf::expected<layer_id> layer_with_all(neuron_range range, const network& net) {
  auto owner = net.layer_of(range.first);
  if (owner && !range.empty() && net.range_of(*owner).contains(range)
      && !net.is_given(*owner))
    return *owner;
  return make_failure(
    errc::not_found,
    {fmt::format("{} are not neurons with weights of one layer",
                 to_string(range)),
     {range},
     {},
     {}});
}

std::uint64_t neurons_per_slice(const network& net, layer_id id) {
  auto row = net.parameters_per_neuron(id) * sizeof(float);
  return std::max<std::uint64_t>(slice_bytes / std::max<std::uint64_t>(row, 1),
                                 1);
}

std::uint64_t neurons_per_output_slice(const network& net, layer_id id) {
  constexpr std::uint64_t most = std::uint64_t{1} << 23;
  auto row = net.at(id).values * max_kept_rows * sizeof(float);
  return std::max<std::uint64_t>(most / row, 1);
}

std::size_t most_slice_bytes(const deploy& of) {
  auto row = std::uint64_t{0};
  for (layer_id id = 0; id < of.net.layers().size(); ++id)
    row = std::max(row, of.net.parameters_per_neuron(id) * sizeof(float));
  // Whatever optimizer comes next.
  return (std::max(row, slice_bytes) + (std::size_t{1} << 12))
         * (1 + max_state_arrays);
}

// -- requests -----------------------------------------------------------------

caf::error check(const fetch& x, const deploy& of) {
  return check_slice(x.range, of, neurons_per_slice);
}

caf::error check(const fetch_digests& x, const deploy& of) {
  return check_slice(x.range, of, neurons_per_slice);
}

caf::error check(const fetch_outputs& x, const deploy& of) {
  return check_slice(x.range, of, neurons_per_output_slice);
}

caf::error check(const fetch_not_finite& x, const deploy& of) {
  return check_slice(x.range, of, neurons_per_slice);
}

caf::error check(const store& x, const deploy& of) {
  const auto& slice = x.slice;
  if (auto err = check_values(slice.weights, slice.state, slice.range, of))
    return err;
  auto arrays = arrays_of(slice.range, of);
  if (slice.state.empty() || slice.state.size() == arrays)
    return {};
  return make_failure(
    errc::bad_model,
    {fmt::format("neurons {} come with {} arrays of the optimizer, which has "
                 "{}",
                 to_string(slice.range), slice.state.size(), arrays),
     {slice.range},
     {},
     {}});
}

caf::error check(const open_store& x, const deploy& of) {
  return check_model(x.model, of);
}

caf::error check(const load_shards& x, const deploy& of) {
  return check_model(x.model, of);
}

caf::error check(const prepare_move& x, const deploy& of) {
  if (auto err = check(x.training))
    return err;
  return check(of.net, of.cluster, x.where);
}

caf::error check(const apply_update& x, const deploy&) {
  if (x.scale >= 0 && x.scale <= 1)
    return {};
  return make_failure(errc::bad_argument,
                      fmt::format("gradients to be multiplied by {}, which is "
                                  "not from 0 to 1",
                                  x.scale));
}

caf::error check(const change_rate& x, const deploy& of) {
  auto training = of.training;
  training.optimizer.learning_rate = x.learning_rate;
  return check(training);
}

// -- answers ------------------------------------------------------------------

caf::error check(const deployed& x, const question& asked, const deploy& of) {
  auto groups = groups_on(of.net, of.where, of.cluster, of.group_size,
                          asked.node);
  if (x.groups == groups)
    return {};
  return make_failure(
    errc::protocol,
    fmt::format("{} groups, where the placement makes {}", x.groups, groups));
}

caf::error check(const parameter_slice& x, const question& asked,
                 const deploy& of) {
  if (auto err = other_range(asked.range, x.range))
    return err;
  if (x.step != asked.step)
    return misfit(x.range, fmt::format("parameters after {} steps, not after "
                                       "{}",
                                       x.step, asked.step));
  if (auto err = check_values(x.weights, x.state, x.range, of))
    return err;
  if (x.state.size() == arrays_of(x.range, of))
    return {};
  return misfit(x.range, fmt::format("{} arrays of the optimizer, which has {}",
                                     x.state.size(), arrays_of(x.range, of)));
}

caf::error check(const stored& x, const question& asked, const deploy&) {
  return other_range(asked.range, x.range);
}

caf::error check(const digests& x, const question& asked, const deploy& of) {
  if (auto err = other_range(asked.range, x.range))
    return err;
  auto size = x.range.count * 32;
  auto of_state = arrays_of(x.range, of) > 0 ? size : 0;
  if (x.weights.size() == size && x.state.size() == of_state)
    return {};
  return misfit(x.range,
                fmt::format("digests of {} and {} bytes, where {} and "
                            "{} were expected",
                            x.weights.size(), x.state.size(), size, of_state));
}

caf::error check(const output_slice& x, const question& asked,
                 const deploy& of) {
  if (auto err = other_range(asked.range, x.range))
    return err;
  auto owner = layer_with_all(x.range, of.net);
  if (!owner)
    return owner.error();
  if (x.values.rows() > 0 && x.values.rows() <= max_kept_rows
      && x.values.columns() == x.range.count * of.net.at(*owner).values)
    return {};
  return misfit(x.range,
                fmt::format("outputs [{} x {}] of neurons {}", x.values.rows(),
                            x.values.columns(), to_string(x.range)));
}

caf::error check(const not_finite& x, const question& asked, const deploy&) {
  if (auto err = other_range(asked.range, x.range))
    return err;
  auto begin = x.range.first;
  for (auto y : x.neurons) {
    if (!y.valid() || y.empty() || y.first < begin || !x.range.contains(y))
      return misfit(y, fmt::format("neurons {} among {}, or in another order",
                                   to_string(y), to_string(x.range)));
    begin = y.end();
  }
  return {};
}

caf::error check(const flow_state& x, const question&, const deploy& of) {
  for (const auto& part : x.parts)
    if (part.who.layer >= of.net.layers().size())
      return make_failure(errc::protocol, "an actor of a layer that there is "
                                          "not");
  return {};
}

caf::error check(const traffic_report& x, const question&, const deploy& of) {
  if (x.links.size() <= of.cluster.nodes.size() + 1)
    return {};
  return make_failure(errc::protocol,
                      fmt::format("{} links among {} nodes", x.links.size(),
                                  of.cluster.nodes.size()));
}

caf::error check(const released& x, const question& asked, const deploy& of) {
  return check(x.traffic, asked, of);
}

} // namespace ganglion
