// connect, disconnect: single edges between neurons, made and taken away.
#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/network/edge_list.hpp"
#include "metadata/network/neuron_text.hpp"
#include "runtime/cli/repl/verbs.hpp"

namespace ganglion::cli {

namespace {

/// "3 -> 17", cut at blanks or not, as all the pairs that it stands for.
caf::expected<std::vector<edge>> to_edges(const network& net,
                                          std::span<const std::string> from,
                                          std::string_view verb) {
  auto text = fmt::format("{}", fmt::join(from, ""));
  auto arrow = text.find("->");
  if (arrow == std::string::npos)
    return usage_of(verb);
  auto sources = find_neurons(net, text.substr(0, arrow));
  if (!sources)
    return sources.error();
  auto targets = find_neurons(net, text.substr(arrow + 2));
  if (!targets)
    return targets.error();
  if (sources->count > max_edges / targets->count)
    return expected_instead(
      fmt::format("{}: expected {} edges at most", text, max_edges));
  std::vector<edge> result;
  for (auto target = targets->first; target < targets->end(); ++target)
    for (auto source = sources->first; source < sources->end(); ++source)
      result.push_back({source, target});
  return result;
}

bool has_edge(const network& net, const edge& x) {
  auto edges = edges_into(net.at(*net.layer_of(x.target)).wires,
                          neuron_range{x.target, 1});
  return std::binary_search(edges.begin(), edges.end(), x);
}

/// Of a deployed network.
caf::error set_weight(workspace& w, const edge& x, float weight) {
  auto old = w.on->ask<parameters>(get_parameters{{x.target, 1}});
  if (!old)
    return old.error();
  auto edges = edges_into(w.net->at(*w.net->layer_of(x.target)).wires,
                          neuron_range{x.target, 1});
  auto row = old->weights.to_vector();
  row[static_cast<std::size_t>(std::lower_bound(edges.begin(), edges.end(), x)
                               - edges.begin())]
    = weight;
  old->weights = tensor::copy_of(row, 1, row.size());
  return put(w, std::move(*old));
}

/// An error unless there is a network, and none whose weights are in a file.
caf::error need_weights(const workspace& w, std::string_view verb) {
  if (auto err = w.need_network())
    return err;
  if (w.pending_load.empty())
    return {};
  return expected_instead(fmt::format("the network's weights are not loaded "
                                      "yet: expected deploy before {}",
                                      verb));
}

/// Those that are to be made: with a weight, one that is there just gets it.
std::vector<edge> missing_edges(const network& net,
                                const std::vector<edge>& edges, bool weighted) {
  auto result = edges;
  if (weighted)
    std::erase_if(result, [&net](const edge& x) { return has_edge(net, x); });
  return result;
}

caf::error set_weights(workspace& w, const std::vector<edge>& edges,
                       float weight) {
  for (const auto& x : edges) {
    w.weights[x] = weight;
    if (w.on)
      if (auto err = set_weight(w, x, weight))
        return err;
  }
  return {};
}

void print_connected(const network& net, const std::vector<edge>& edges,
                     std::size_t more, std::optional<float> weight) {
  auto what = edges.size() == 1
                ? fmt::format("{} -> {}", short_name(net, edges[0].source),
                              short_name(net, edges[0].target))
                : fmt::format("{} edges", edges.size());
  fmt::print("  {}, {}: weight {}\n", what,
             more == edges.size() ? "new"
             : more == 0          ? "there already"
                                  : fmt::format("{} of them new", more),
             weight ? value_text(*weight) : "drawn");
}

caf::error run_connect(workspace& w, const words& args) {
  if (auto err = need_weights(w, "connect"))
    return err;
  auto weighted = args.size() > 2 && args[args.size() - 2] == "weight";
  std::optional<float> weight;
  if (weighted) {
    auto value = to_number(args.back(), "weight");
    if (!value)
      return value.error();
    weight = static_cast<float>(*value);
  }
  auto edges = to_edges(
    *w.net, std::span{args}.first(args.size() - (weighted ? 2 : 0)), "connect");
  if (!edges)
    return edges.error();
  auto more = missing_edges(*w.net, *edges, weight.has_value());
  if (!more.empty()) {
    auto net = with_edges(*w.net, more);
    if (!net)
      return net.error();
    if (auto err = rewire_to(w, std::move(*net)))
      return err;
  }
  if (weight)
    if (auto err = set_weights(w, *edges, *weight))
      return err;
  print_connected(*w.net, *edges, more.size(), weight);
  return {};
}

} // namespace

const verb& connect_verb() {
  static constexpr verb result{
    "Let a neuron read another, or no more",
    "connect",
    "SOURCE -> TARGET [weight X]",
    "Let a neuron read another",
    "In a network of single neurons, by number; ranges stand for all their\n"
    "pairs. Without a weight, it is drawn; an edge that is there gets the\n"
    "weight. A network that is deployed stays so, and keeps its weights.",
    "connect 3 -> 17 weight 0.5",
    "-> weight",
    run_connect};
  return result;
}

namespace {

caf::error run_disconnect(workspace& w, const words& args) {
  if (auto err = need_weights(w, "disconnect"))
    return err;
  auto edges = to_edges(*w.net, args, "disconnect");
  if (!edges)
    return edges.error();
  auto net = without_edges(*w.net, *edges);
  if (!net)
    return net.error();
  if (auto err = rewire_to(w, std::move(*net)))
    return err;
  for (const auto& x : *edges)
    w.weights.erase(x);
  return {};
}

} // namespace

const verb& disconnect_verb() {
  static constexpr verb result{"Let a neuron read another, or no more",
                               "disconnect",
                               "SOURCE -> TARGET",
                               "Let a neuron read another no more",
                               "",
                               "disconnect 3 -> 17",
                               "->",
                               run_disconnect};
  return result;
}

} // namespace ganglion::cli
