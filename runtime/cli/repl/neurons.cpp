// where, show, set: single neurons, looked at and changed.
#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include <fmt/format.h>

#include "metadata/layers/layer_rule.hpp"
#include "runtime/cli/repl/places.hpp"
#include "runtime/cli/repl/verbs.hpp"

namespace ganglion::cli {

namespace {

/// Lines of a command that lists neurons.
constexpr std::uint64_t max_lines = 32;

/// Weights that are shown one by one.
constexpr std::size_t max_weights = 16;

std::string row_text(std::span<const float> xs) {
  std::string result;
  auto shown = std::min(xs.size(), max_weights);
  for (std::size_t i = 0; i < shown; ++i)
    result += fmt::format("{}{:>9}", i > 0 && i % 7 == 0 ? "\n          " : " ",
                          value_text(xs[i]));
  if (shown < xs.size())
    result += " ...";
  return result;
}

/// Up to `max_weights` lines, and those who read the neuron.
void show_edges(const network& net, neuron_id neuron,
                std::span<const float> row) {
  const auto& wires = net.at(*net.layer_of(neuron)).wires;
  auto edges = edges_into(wires, neuron_range{neuron, 1});
  for (std::size_t i = 0; i < std::min(edges.size(), max_weights); ++i)
    fmt::print("  reads {:<10} weight {:<4} {:>9}\n",
               short_name(net, edges[i].source), fmt::format("[{}]", i),
               value_text(row[i]));
  if (edges.size() > max_weights)
    fmt::print("  and {} more\n", edges.size() - max_weights);
  std::string readers;
  for (const auto& x : wires.edges) {
    if (x.source != neuron)
      continue;
    if (readers.size() > 50) {
      readers += ", ...";
      break;
    }
    readers += (readers.empty() ? "" : ", ") + short_name(net, x.target);
  }
  for (auto consumer : net.consumers_of(*net.layer_of(neuron)))
    readers += (readers.empty() ? "" : ", ") + net.at(consumer).name;
  fmt::print("  read by {}\n", readers.empty() ? "nobody" : readers);
}

std::string text_of_weights(std::span<const float> weights, std::size_t first,
                            const std::string& source) {
  auto [least, largest] = std::minmax_element(weights.begin(), weights.end());
  double squares = 0;
  for (auto x : weights)
    squares += double{x} * x;
  return fmt::format(
    "  weights [{}..{}] of {}: {} to {}, 2-norm {}\n         {}\n", first,
    first + weights.size() - 1, source, value_text(*least),
    value_text(*largest), value_text(static_cast<float>(std::sqrt(squares))),
    row_text(weights));
}

/// Numbers that stand alone first, such as the bias; then runs of weights.
void show_parts(const network& net, layer_id owner,
                std::span<const float> row) {
  std::size_t first = 0;
  std::string runs;
  for (const auto& part : net.parts_of(owner)) {
    auto values = row.subspan(first, part.columns);
    if (part.vector)
      fmt::print("  {:<7} {:>9}\n", part.name, value_text(values[0]));
    else if (part.input)
      runs += text_of_weights(values, first,
                              net.at(net.at(owner).inputs[*part.input]).name);
    first += part.columns;
  }
  fmt::print("{}", runs);
}

caf::error show_one(const workspace& w, neuron_id neuron,
                    std::span<const float> row) {
  const auto& net = *w.net;
  auto owner = *net.layer_of(neuron);
  auto at = w.on->ask<neuron_location>(locate_neuron{neuron});
  if (!at)
    return at.error();
  fmt::print("{}{}{}: neuron {}, {}, on {} in group {}\n", w.paint.bold,
             name_of(net, {neuron, 1}), w.paint.reset, neuron,
             rule_of(net.at(owner)).word(net.at(owner)), at->node,
             name_of(net, at->group));
  if (net.is_wired(owner)) {
    fmt::print("  bias    {:>9}\n", value_text(row.back()));
    show_edges(net, neuron, row);
    return {};
  }
  show_parts(net, owner, row);
  std::string readers;
  for (auto consumer : net.consumers_of(owner))
    readers += (readers.empty() ? "" : ", ") + net.at(consumer).name;
  fmt::print("  read by {}\n", net.feeds_loss(owner) ? "the loss" : readers);
  return {};
}

} // namespace

caf::expected<std::vector<neuron_range>>
neurons_with_weights(const workspace& w, const words& args, const char* verb) {
  if (args.empty())
    return usage_of(verb);
  if (auto err = w.need_deployment())
    return err;
  auto result = to_neurons(*w.net, args);
  if (!result)
    return result;
  for (auto x : *result)
    if (w.net->is_given(*w.net->layer_of(x.first)))
      return expected_instead(
        fmt::format("{}: these are inputs: expected neurons with weights",
                    name_of(*w.net, x)));
  return result;
}

tensor with_columns(const tensor& x, std::uint64_t first, std::uint64_t count,
                    float value) {
  matrix result{x.rows(), x.columns()};
  result.assign_columns(0, x);
  for (std::size_t r = 0; r < x.rows(); ++r)
    std::fill_n(result.row(r).data() + first, count, value);
  return std::move(result).freeze();
}

std::string value_text(float x) {
  auto size = std::abs(x);
  if (x == 0)
    return "0";
  return size >= 1e-3f && size < 1e4f ? fmt::format("{:.4f}", x)
                                      : fmt::format("{:.2e}", x);
}

caf::error put(workspace& w, parameters values) {
  auto done = w.on->ask<stored>(put_parameters{values});
  if (!done)
    return done.error();
  w.deeds.emplace_back(std::move(values));
  return {};
}

namespace {

caf::error run_where(workspace& w, const words& args) {
  auto neurons = neurons_with_weights(w, args, "where");
  if (!neurons)
    return neurons.error();
  std::uint64_t lines = 0;
  for (auto left : *neurons) {
    while (!left.empty()) {
      auto at = w.on->ask<neuron_location>(locate_neuron{left.first});
      if (!at)
        return at.error();
      auto part = intersection(at->group, left);
      left = range_between(part.end(), left.end());
      if (++lines > max_lines) {
        fmt::print("  and more: ask for fewer at a time\n");
        return {};
      }
      auto first = at->offset;
      fmt::print("  {:<20} {} in group {}, position {}\n",
                 name_of(*w.net, part), at->node, name_of(*w.net, at->group),
                 part.count == 1
                   ? fmt::format("{}", first)
                   : fmt::format("{} to {}", first, first + part.count - 1));
    }
  }
  return {};
}

} // namespace

const verb& where_verb() {
  static constexpr verb result{
    "Say where neurons live; show their weights and surroundings",
    "where",
    "NEURONS...",
    "Say on which node and in which group they live",
    "NEURONS: hidden1[5], hidden1[0..3] (3 included), hidden1, or by number\n"
    "over all layers: 9, 9-12.",
    "where hidden1[5]",
    "",
    run_where};
  return result;
}

namespace {

caf::error run_show(workspace& w, const words& args) {
  auto neurons = neurons_with_weights(w, args, "show");
  if (!neurons)
    return neurons.error();
  std::uint64_t lines = 0;
  for (auto range : *neurons) {
    auto shown = neuron_range{range.first,
                              std::min(range.count, max_lines - lines)};
    lines += shown.count;
    if (shown.empty())
      break;
    auto values = w.on->ask<parameters>(get_parameters{shown});
    if (!values)
      return values.error();
    for (std::size_t r = 0; r < values->weights.rows(); ++r)
      if (auto err = show_one(w, shown.first + r, values->weights.row(r)))
        return err;
    if (shown.count < range.count)
      fmt::print("and {} more: ask for fewer at a time\n",
                 range.count - shown.count);
  }
  return {};
}

} // namespace

const verb& show_verb() {
  static constexpr verb result{
    "Say where neurons live; show their weights and surroundings",
    "show",
    "NEURONS...",
    "Show bias, weights and surroundings",
    "",
    "show hidden1[5]",
    "",
    run_show};
  return result;
}

namespace {

caf::error run_set(workspace& w, const words& args) {
  if (args.size() != 2)
    return usage_of("set");
  if (auto err = w.need_deployment())
    return err;
  auto at = to_place(*w.net, args[0]);
  if (!at)
    return at.error();
  auto value = to_number(args[1], args[0]);
  if (!value)
    return value.error();
  auto old = w.on->ask<parameters>(get_parameters{at->neurons});
  if (!old)
    return old.error();
  auto before = before_change(w, "set " + joined(args), {&at->neurons, 1});
  if (!before)
    return before.error();
  auto x = static_cast<float>(*value);
  for (std::size_t r = 0; r < old->weights.rows(); ++r)
    fmt::print("  {}.{}: {} -> {}\n",
               name_of(*w.net, {at->neurons.first + r, 1}), at->name,
               value_text(old->weights.row(r)[at->column]), value_text(x));
  old->weights = with_columns(old->weights, at->column, 1, x);
  if (auto err = put(w, std::move(*old)))
    return err;
  remember(w, std::move(*before));
  return {};
}

} // namespace

const verb& set_verb() {
  static constexpr verb result{
    "Change a weight; take the influence of neurons away",
    "set",
    "NEURON.bias X | NEURON.weight[I] X",
    "Change a bias or a weight",
    "Weights are numbered as 'show' lists them. The optimizer's state of the\n"
    "neuron stays as it is.",
    "set hidden1[5].bias 0.1",
    "",
    run_set};
  return result;
}

} // namespace ganglion::cli
