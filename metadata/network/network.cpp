#include "metadata/network/network.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <boost/archive/archive_exception.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/error.hpp"
#include "metadata/layers/layer_rule.hpp"
#include "metadata/network/layer_text.hpp"
#include "metadata/text/names.hpp"
#include "metadata/text/number_text.hpp"

namespace ganglion {

namespace {

caf::error bad_layer(const layer& x, std::string_view problem) {
  return make_failure(
    errc::bad_network,
    {fmt::format("layer '{}' {}", x.name, problem), {}, {x.name}, {}});
}

caf::error check_inputs(const layer& x, std::size_t layers) {
  if (rule_of(x).given())
    return x.inputs.empty() ? caf::error{}
                            : bad_layer(x, "is an input and cannot have any");
  if (x.inputs.empty() && !rule_of(x).normalisation(x))
    return bad_layer(x, "has no inputs: name at least one layer");
  if (std::set(x.inputs.begin(), x.inputs.end()).size() != x.inputs.size())
    return bad_layer(x, "names an input twice");
  for (auto input : x.inputs)
    if (input >= layers)
      return bad_layer(x, fmt::format("takes layer {} as an input, which does "
                                      "not exist (there are {})",
                                      input, layers));
  return {};
}

caf::error check_layer(const layer& x, std::size_t layers) {
  constexpr auto limit = std::uint64_t{1} << 48;
  if (!is_known(x.kind))
    return bad_layer(x, "is of no known kind");
  if (x.name.empty())
    return bad_layer(x, "needs a name");
  if (auto err = check_text("layer", x.name))
    return make_failure(errc::bad_network,
                        {explain(err), {}, {printable(x.name)}, {}});
  if (x.neurons == 0 || x.values == 0)
    return bad_layer(x, "has no neurons: give it at least one");
  if (x.neurons > limit / x.values)
    return bad_layer(
      x, fmt::format("yields more than {} values per sample", limit));
  if (!rule_of(x).wired() && x.wires != wiring{})
    return bad_layer(x, "is not sparse, and cannot have edges or outputs");
  auto settings = rule_of(x).settings().size();
  if (x.settings.size() != settings
      || !std::ranges::all_of(x.settings,
                              [](double y) { return std::isfinite(y); }))
    return bad_layer(x, fmt::format("needs {} finite settings", settings));
  return check_inputs(x, layers);
}

/// Each by itself, and how they are called.
caf::error check_layers(const std::vector<layer>& layers) {
  if (layers.empty())
    return make_failure(errc::bad_network, "the network has no layers");
  std::set<std::string_view> names;
  for (const auto& x : layers) {
    if (auto err = check_layer(x, layers.size()))
      return err;
    if (!names.insert(x.name).second)
      return bad_layer(x, "has the name of another layer");
  }
  // With at most 2^48 values each, no sum over layers wraps.
  if (layers.size() > std::size_t{1} << 14)
    return make_failure(errc::bad_network,
                        "the network has more than 16384 layers");
  return {};
}

} // namespace

caf::expected<network> network::make(std::vector<layer> layers) {
  if (auto err = check_layers(layers))
    return err;
  network result;
  result.consumers_.resize(layers.size());
  result.first_ids_.push_back(0);
  for (layer_id id = 0; id < layers.size(); ++id) {
    auto& x = layers[id];
    x.block_size = rule_of(x).block(x);
    result.first_ids_.push_back(result.first_ids_.back() + x.neurons);
    for (auto input : x.inputs)
      if (input != id || !rule_of(x).wired())
        result.consumers_[input].push_back(id);
  }
  result.layers_ = std::move(layers);
  result.schedules_.resize(result.layers_.size());
  for (layer_id id = 0; id < result.layers_.size(); ++id)
    if (auto err = result.prepare_layer(id))
      return err;
  return result;
}

/// Who names a layer that stands, reads through it.
caf::error network::check_standing(layer_id id) const {
  const auto& x = layers_[id];
  for (std::size_t i = 0; i < x.inputs.size(); ++i) {
    auto source = x.inputs[i];
    if (!stands(source))
      continue;
    const auto& name = layers_[source].name;
    if (!rule_of(x).may_normalise() || i == 0 || i + 1 < x.inputs.size())
      return bad_layer(x, fmt::format("cannot read '{}', which has no inputs: "
                                      "only a layer that may normalise what it "
                                      "reads first names it, as the last one",
                                      name));
    if (layers_[source].neurons != width_of(x.inputs[0]))
      return bad_layer(x, fmt::format("reads {} values, which '{}' cannot "
                                      "normalise: it has {} neurons",
                                      width_of(x.inputs[0]), name,
                                      layers_[source].neurons));
  }
  return {};
}

caf::error network::prepare_layer(layer_id id) {
  const auto& rule = rule_of(layers_[id]);
  if (auto err = check_standing(id))
    return err;
  if (auto wrong = rule.problem(*this, id); !wrong.empty())
    return bad_layer(layers_[id], wrong);
  if (rule.wired())
    if (auto err = prepare_wired(id))
      return err;
  parts_.push_back(rule.parts(*this, id));
  std::uint64_t row = 0;
  for (const auto& x : parts_.back())
    row += x.columns;
  rows_.push_back(row);
  return {};
}

void network::assign_loaded(network_parts parts) {
  using boost::archive::archive_exception;
  if (!attach(parts))
    throw archive_exception(archive_exception::other_exception,
                            "layers without their wiring or settings");
  auto made = make(std::move(parts.layers));
  if (!made)
    throw archive_exception(archive_exception::other_exception,
                            explain(made.error()).c_str());
  *this = std::move(*made);
}

std::uint64_t network::placeable_count() const noexcept {
  std::uint64_t result = 0;
  for (const auto& x : layers_)
    if (!rule_of(x).given())
      result += x.neurons;
  return result;
}

std::uint64_t network::fan_in(layer_id id) const {
  return rule_of(layers_[id]).fan_in(*this, id);
}

std::uint64_t network::parameters_of(layer_id id, neuron_range range) const {
  return rule_of(layers_[id]).used(*this, id, range);
}

bool network::is_given(layer_id id) const {
  return rule_of(layers_[id]).given();
}

std::span<const layer_id> network::rows_of(layer_id id) const {
  std::span<const layer_id> result{layers_[id].inputs};
  auto normalises = !result.empty() && stands(result.back());
  return normalises ? result.first(result.size() - 1) : result;
}

bool network::is_wired(layer_id id) const {
  return rule_of(layers_[id]).wired();
}

caf::expected<layer_id> network::layer_of(neuron_id id) const {
  if (id >= neuron_count())
    return make_failure(
      errc::not_found, {fmt::format("there is no neuron {}: the last one is {}",
                                    id, neuron_count() - 1),
                        {{id, 1}},
                        {},
                        {}});
  auto i = std::upper_bound(first_ids_.begin(), first_ids_.end(), id);
  return static_cast<layer_id>(i - first_ids_.begin() - 1);
}

caf::expected<layer_id> network::find(std::string_view name) const {
  auto number = number_from<layer_id>(name);
  if (number && *number < layers_.size())
    return *number;
  for (layer_id id = 0; id < layers_.size(); ++id)
    if (layers_[id].name == name)
      return id;
  return make_failure(
    errc::not_found,
    {fmt::format("there is no layer '{}': use a number below "
                 "{} or one of {}",
                 printable(name), layers_.size(), list_of_layers(*this)),
     {},
     {std::string{name}},
     {}});
}

caf::expected<std::vector<layer_id>> topological_order(const network& net) {
  auto count = static_cast<layer_id>(net.layers().size());
  std::vector<std::size_t> missing(count);
  std::vector<layer_id> order;
  for (layer_id id = 0; id < count; ++id) {
    missing[id] = net.at(id).inputs.size() - (net.reads_itself(id) ? 1 : 0);
    if (missing[id] == 0)
      order.push_back(id);
  }
  for (std::size_t i = 0; i < order.size(); ++i)
    for (auto consumer : net.consumers_of(order[i]))
      if (--missing[consumer] == 0)
        order.push_back(consumer);
  if (order.size() == count)
    return order;
  error_details details;
  for (layer_id id = 0; id < count; ++id)
    if (missing[id] > 0)
      details.layers.push_back(net.at(id).name);
  details.text = fmt::format("layers {} form a loop or depend on one: remove "
                             "one of their inputs",
                             fmt::join(details.layers, ", "));
  return make_failure(errc::bad_network, std::move(details));
}

caf::expected<layer_id> output_layer(const network& net) {
  std::vector<layer_id> found;
  error_details details;
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    if (net.feeds_loss(id) && !net.is_given(id)) {
      found.push_back(id);
      details.layers.push_back(net.at(id).name);
    }
  }
  if (found.size() == 1)
    return found.front();
  details.text = found.empty()
                   ? "no layer is the output: every one feeds another"
                   : fmt::format("layers {} all feed no other layer: only one "
                                 "can be the output",
                                 fmt::join(details.layers, ", "));
  return make_failure(errc::bad_network, std::move(details));
}

caf::error check_trainable(const network& net) {
  for (const auto& x : net.layers())
    if (!rule_of(x).trainable())
      return make_failure(
        errc::bad_argument,
        {fmt::format("layer '{}' is wired neuron by neuron and "
                     "cannot be trained: set its weights, or "
                     "load them, and infer",
                     x.name),
         {},
         {x.name},
         {}});
  return {};
}

std::vector<layer_id> input_layers(const network& net) {
  std::vector<layer_id> result;
  for (layer_id id = 0; id < net.layers().size(); ++id)
    if (net.is_given(id))
      result.push_back(id);
  return result;
}

} // namespace ganglion
