// What networks do for their wired layers, and for what is written of layers
// beside their fields.
#include <algorithm>

#include <boost/archive/archive_exception.hpp>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/layers/layer_rule.hpp"
#include "metadata/network/network.hpp"

namespace ganglion {

namespace {

/// In archives, on the kind of a wired layer: its neurons have names.
constexpr std::uint8_t named_mark = 0x80;

layer_kind with_mark(layer_kind x) {
  return static_cast<layer_kind>(named_mark | static_cast<std::uint8_t>(x));
}

caf::error bad_wiring(const layer& x, std::string_view problem) {
  return make_failure(
    errc::bad_network,
    {fmt::format("layer '{}' {}", x.name, problem), {}, {x.name}, {}});
}

} // namespace

caf::expected<network> network::from_parts(network_parts parts) {
  if (attach(parts))
    return make(std::move(parts.layers));
  return make_failure(errc::bad_network,
                      "layers differ in number from wirings or settings");
}

caf::error network::prepare_wired(layer_id id) {
  auto& x = layers_[id];
  std::vector<neuron_range> sources;
  for (auto input : x.inputs)
    sources.push_back(range_of(input));
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
  auto says_so = std::find(x.inputs.begin(), x.inputs.end(), id)
                 != x.inputs.end();
  if (plan.reads_itself != says_so)
    return bad_wiring(x, "must name itself as an input where its neurons read "
                         "each other, and only there");
  return {};
}

bool network::has_wired(const std::vector<layer>& layers) {
  return std::any_of(layers.begin(), layers.end(),
                     [](const layer& x) { return rule_of(x).wired(); });
}

bool network::has_settings(const std::vector<layer>& layers) {
  return std::any_of(layers.begin(), layers.end(), [](const layer& x) {
    return !rule_of(x).settings().empty();
  });
}

std::vector<wiring> network::wires() const {
  std::vector<wiring> result;
  for (const auto& x : layers_)
    if (rule_of(x).wired())
      result.push_back(x.wires);
  return result;
}

std::vector<double> network::settings() const {
  std::vector<double> result;
  for (const auto& x : layers_)
    result.insert(result.end(), x.settings.begin(), x.settings.end());
  return result;
}

bool network::attach(network_parts& parts) {
  std::size_t wired = 0;
  auto next = parts.settings.begin();
  for (auto& x : parts.layers) {
    if (rule_of(x).wired() && wired++ < parts.wires.size())
      x.wires = std::move(parts.wires[wired - 1]);
    auto count = static_cast<std::ptrdiff_t>(rule_of(x).settings().size());
    if (parts.settings.end() - next < count)
      return false;
    x.settings.assign(next, next + count);
    next += count;
  }
  return wired == parts.wires.size() && next == parts.settings.end();
}

std::vector<layer> network::marked_layers() const {
  auto result = layers_;
  if (has_names())
    result[1].kind = with_mark(result[1].kind);
  return result;
}

bool network::take_marks(std::vector<layer>& layers) {
  using boost::archive::archive_exception;
  auto found = false;
  for (auto& x : layers) {
    auto bits = static_cast<std::uint8_t>(x.kind);
    auto plain = static_cast<layer_kind>(bits & ~named_mark);
    if ((bits & named_mark) != 0 && is_known(plain) && rule_of(plain).wired()) {
      x.kind = plain;
      found = true;
    }
    if (!is_known(x.kind))
      throw archive_exception(archive_exception::other_exception,
                              "a layer of no known kind");
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

} // namespace ganglion
