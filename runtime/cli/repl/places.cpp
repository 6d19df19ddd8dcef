#include "runtime/cli/repl/places.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "metadata/network/neuron_text.hpp"
#include "metadata/text/names.hpp"
#include "runtime/cli/repl/words.hpp"

namespace ganglion::cli {

namespace {

/// Columns of all parts of this name, whichever input they are for: the first
/// and their number.
std::pair<std::uint64_t, std::uint64_t> columns_of_part(const network& net,
                                                        neuron_range neurons,
                                                        layer_id owner,
                                                        std::string_view name) {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  for (const auto& part : net.parts_of(owner)) {
    if (std::string_view{part.name}.substr(0, part.name.find('.')) == name)
      count += part.columns;
    else if (count == 0)
      first += part.columns;
    if (part.ragged && count > 0)
      for (auto i = neurons.first; i < neurons.end(); ++i)
        count = std::min<std::uint64_t>(
          count, edges_into(net.at(owner).wires, neuron_range{i, 1}).size());
  }
  return {first, count};
}

caf::error expected_place(const std::string& text) {
  return expected_instead(fmt::format("'{}': expected NEURON.bias or "
                                      "NEURON.weight[I], such as "
                                      "hidden1[5].weight[3]",
                                      printable(text)));
}

/// Of "weight[3]" the number; `name` keeps the rest.
caf::expected<std::optional<std::uint64_t>> take_index(std::string& name) {
  auto open = name.find('[');
  if (open == std::string::npos)
    return std::optional<std::uint64_t>{};
  auto inner = name.substr(open + 1);
  if (!inner.ends_with(']'))
    return expected_place(name);
  inner.pop_back();
  name.resize(open);
  auto result = to_count(inner, name);
  if (!result)
    return result.error();
  return std::optional{*result};
}

/// Of one layer, which has weights; the error quotes all that was typed.
caf::expected<neuron_range> neurons_of_place(const network& net,
                                             const std::string& name,
                                             const std::string& text) {
  auto result = find_neurons(net, name);
  if (!result)
    return result.error();
  auto owner = *net.layer_of(result->first);
  if (net.parameters_per_neuron(owner) == 0
      || result->end() > net.range_of(owner).end())
    return expected_instead(fmt::format("'{}': expected neurons with weights "
                                        "of one layer",
                                        printable(text)));
  return result;
}

} // namespace

caf::expected<place> to_place(const network& net, const std::string& text) {
  auto point = text.rfind('.');
  auto name = point == std::string::npos ? std::string{}
                                         : text.substr(point + 1);
  auto index = take_index(name);
  if (!index)
    return index.error();
  if (name.empty())
    return expected_place(text);
  auto neurons = neurons_of_place(net, text.substr(0, point), text);
  if (!neurons)
    return neurons.error();
  auto owner = *net.layer_of(neurons->first);
  auto [first, count] = columns_of_part(net, *neurons, owner, name);
  if (!*index && count == 1)
    return place{*neurons, first, name};
  if (*index && **index < count)
    return place{*neurons, first + **index,
                 fmt::format("{}[{}]", name, **index)};
  if (*index && count > 0)
    return expected_instead(fmt::format("'{}': expected {}[0] to {}[{}]",
                                        printable(text), name, name,
                                        count - 1));
  return *index && name == "weight" ? expected_instead(fmt::format(
           "'{}': expected a neuron that reads another", printable(text)))
                                    : expected_place(text);
}

} // namespace ganglion::cli
