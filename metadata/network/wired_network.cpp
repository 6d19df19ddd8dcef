// How networks are made of edges, and changed.
#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/network/edge_list.hpp"
#include "metadata/text/names.hpp"

namespace ganglion {

namespace {

using numbers = std::vector<neuron_id>;

caf::error at_line(const std::string& name, std::size_t line,
                   const std::string& text) {
  return make_failure(errc::bad_data,
                      fmt::format("{}:{}: {}", name, line, text));
}

void sort_unique(numbers& xs) {
  std::sort(xs.begin(), xs.end());
  xs.erase(std::unique(xs.begin(), xs.end()), xs.end());
}

/// Of the first, what is not among the second; both are sorted.
numbers without(const numbers& xs, const numbers& others) {
  numbers result;
  std::set_difference(xs.begin(), xs.end(), others.begin(), others.end(),
                      std::back_inserter(result));
  return result;
}

bool among(const numbers& sorted, neuron_id x) {
  return std::binary_search(sorted.begin(), sorted.end(), x);
}

std::size_t place_of(const numbers& sorted, neuron_id x) {
  return static_cast<std::size_t>(
    std::lower_bound(sorted.begin(), sorted.end(), x) - sorted.begin());
}

/// Inputs or outputs as somebody wrote them.
struct wanted_neurons {
  std::string_view what;
  const std::vector<neuron_range>& ranges;
  const std::vector<std::string>& names;

  [[nodiscard]] bool empty() const {
    return ranges.empty() && names.empty();
  }
};

/// Their numbers, each of which must be among `known`.
caf::expected<numbers> chosen(const wanted_neurons& wanted,
                              const numbers& known,
                              const std::vector<std::string>& names,
                              const std::string& name) {
  numbers result;
  for (const auto& x : wanted.names) {
    auto i = std::find(names.begin(), names.end(), x);
    if (i == names.end())
      return make_failure(errc::bad_data,
                          fmt::format("{}: {} '{}': expected names of neurons "
                                      "that have edges",
                                      name, wanted.what, printable(x)));
    result.push_back(static_cast<neuron_id>(i - names.begin()));
  }
  for (auto x : result)
    if (!among(known, x))
      return make_failure(errc::bad_data,
                          fmt::format("{}: {} '{}' is an input", name,
                                      wanted.what, printable(names[x])));
  for (auto x : wanted.ranges) {
    auto first = place_of(known, x.first);
    auto last = place_of(known, x.end());
    if (last - first != x.count)
      return make_failure(errc::bad_data,
                          fmt::format("{}: {} {}: expected numbers of neurons "
                                      "that have edges",
                                      name, wanted.what, to_string(x)));
    result.insert(result.end(), known.begin() + static_cast<long>(first),
                  known.begin() + static_cast<long>(last));
  }
  sort_unique(result);
  return result;
}

/// Which numbers are there, and which of them read.
struct roles {
  numbers all;
  numbers readers;
};

roles roles_of(const std::vector<given_edge>& edges) {
  roles result;
  for (const auto& x : edges) {
    result.all.push_back(x.wire.source);
    result.all.push_back(x.wire.target);
    result.readers.push_back(x.wire.target);
  }
  sort_unique(result.all);
  sort_unique(result.readers);
  return result;
}

/// Makes an input for each that reads others, too: the inputs, and which of
/// them drive which, all by their numbers in the list.
struct input_maker {
  edge_table& table;
  std::vector<std::pair<neuron_id, neuron_id>> made;

  numbers inputs_for(const numbers& wanted, const roles& parts) {
    auto next = parts.all.back() + 1;
    numbers result;
    for (auto x : wanted) {
      if (!among(parts.readers, x)) {
        result.push_back(x);
        continue;
      }
      table.edges.push_back({{next, x}, 1.0f, 0});
      if (!table.names.empty()) {
        table.names.resize(std::max<std::size_t>(table.names.size(), next));
        table.names.push_back(table.names[x] + "_in");
      }
      made.emplace_back(next, x);
      result.push_back(next++);
    }
    sort_unique(result);
    return result;
  }
};

caf::expected<numbers> inputs_of(input_maker& maker, const roles& parts,
                                 const edge_list_options& options,
                                 const std::string& name) {
  wanted_neurons wanted{"inputs", options.inputs, options.input_names};
  numbers result;
  if (wanted.empty()) {
    result = without(parts.all, parts.readers);
  } else {
    auto all = chosen(wanted, parts.all, maker.table.names, name);
    if (!all)
      return all.error();
    result = maker.inputs_for(*all, parts);
  }
  if (!result.empty())
    return result;
  return make_failure(errc::bad_data,
                      fmt::format("{}: expected at least one neuron that reads "
                                  "no other, as an input, or a list of inputs",
                                  name));
}

/// In the network, inputs come first.
neuron_id renumbered(neuron_id x, const numbers& inputs,
                     const numbers& neurons) {
  return among(inputs, x) ? place_of(inputs, x)
                          : inputs.size() + place_of(neurons, x);
}

/// Of the neurons, those that are named, or that nobody reads.
caf::expected<numbers> outputs_of(const edge_table& table,
                                  const edge_list_options& options,
                                  const numbers& neurons,
                                  const std::string& name) {
  wanted_neurons wanted{"outputs", options.outputs, options.output_names};
  if (!wanted.empty())
    return chosen(wanted, neurons, table.names, name);
  numbers sources;
  for (const auto& x : table.edges)
    sources.push_back(x.wire.source);
  sort_unique(sources);
  return without(neurons, sources);
}

/// Sorts the edges, with their numbers in the network; an error where one is
/// there twice, as it is called in the list.
caf::expected<std::vector<edge>> sorted_wires(edge_table& table,
                                              const numbers& in_list,
                                              const std::string& name) {
  auto called = [&](neuron_id x) {
    return table.names.empty() ? fmt::format("{}", in_list[x])
                               : printable(table.names[in_list[x]]);
  };
  auto& edges = table.edges;
  std::sort(edges.begin(), edges.end(), [](const auto& a, const auto& b) {
    return a.wire != b.wire ? a.wire < b.wire : a.line < b.line;
  });
  std::vector<edge> result;
  result.reserve(edges.size());
  for (const auto& x : edges) {
    if (!result.empty() && result.back() == x.wire)
      return at_line(name, x.line,
                     fmt::format("expected each edge once, but {} -> {} is in "
                                 "line {} already ('doubled sum' adds "
                                 "their weights)",
                                 called(x.wire.source), called(x.wire.target),
                                 edges[result.size() - 1].line));
    result.push_back(x.wire);
  }
  return result;
}

std::vector<neuron_range> singles(const numbers& xs) {
  std::vector<neuron_range> result;
  for (auto x : xs)
    result.push_back({x, 1});
  return result;
}

caf::expected<network> two_layers(std::uint64_t inputs, std::uint64_t neurons,
                                  activation_kind activation, wiring wires) {
  layer first{.name = "input",
              .kind = layer_kind::input,
              .neurons = inputs,
              .inputs = {}};
  layer second{.name = "neurons",
               .kind = layer_kind::sparse,
               .activation = activation,
               .neurons = neurons,
               .inputs = {0},
               .wires = std::move(wires)};
  name_itself(second, 1, {inputs, neurons});
  return network::make({std::move(first), std::move(second)});
}

/// By neuron of the network; none where numbers stayed as they are.
std::vector<std::string> names_of(const edge_table& table,
                                  const wired_network& x) {
  std::vector<std::string> result;
  auto moved = false;
  for (neuron_id i = 0; i < x.numbers.size(); ++i)
    moved = moved || x.numbers[i] != i;
  if (!moved && table.names.empty())
    return result;
  for (auto number : x.numbers)
    result.push_back(table.names.empty() ? fmt::format("n{}", number)
                                         : table.names[number]);
  if (table.names.empty())
    for (const auto& y : x.driven)
      result[y.input] = result[y.neuron] + "_in";
  return result;
}

} // namespace

caf::expected<wired_network> wire(edge_table table,
                                  const edge_list_options& options,
                                  const std::string& name) {
  auto parts = roles_of(table.edges);
  input_maker maker{table, {}};
  auto inputs = inputs_of(maker, parts, options, name);
  if (!inputs)
    return inputs.error();
  auto neurons = without(parts.all, *inputs);
  auto outputs = outputs_of(table, options, neurons, name);
  if (!outputs)
    return outputs.error();
  wired_network result;
  result.numbers = *inputs;
  result.numbers.insert(result.numbers.end(), neurons.begin(), neurons.end());
  auto here = [&](neuron_id x) { return renumbered(x, *inputs, neurons); };
  std::transform(outputs->begin(), outputs->end(), outputs->begin(), here);
  for (auto [input, neuron] : maker.made)
    result.driven.push_back({here(input), here(neuron)});
  for (auto& x : table.edges)
    x.wire = {here(x.wire.source), here(x.wire.target)};
  auto sorted = sorted_wires(table, result.numbers, name);
  if (!sorted)
    return sorted.error();
  auto net = two_layers(
    inputs->size(), neurons.size(), options.activation,
    {std::move(*sorted), singles(*outputs), names_of(table, result)});
  if (!net)
    return net.error();
  result.net = std::move(*net);
  result.edges = std::move(table.edges);
  return result;
}

caf::expected<network> unwired_network(std::uint64_t inputs,
                                       std::uint64_t neurons,
                                       activation_kind activation,
                                       std::vector<neuron_range> outputs) {
  return two_layers(inputs, neurons, activation, {{}, std::move(outputs), {}});
}

} // namespace ganglion
