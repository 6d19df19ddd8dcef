// fire, watch: an inference, the way it takes, and what neurons answer in it.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "actors/kernel/loss.hpp"
#include "distributor/plan.hpp"
#include "runtime/cli/repl/verbs.hpp"
#include "runtime/cli/report.hpp"

namespace ganglion::cli {

namespace {

/// Neurons of a range that get a line with a bar each; more share lines.
constexpr std::uint64_t max_bars = 16;
constexpr std::size_t per_line = 7;
constexpr double bar_length = 40;

std::string bytes_of(std::uint64_t values) {
  return bytes_text(static_cast<double>(values * sizeof(float)));
}

/// Nodes that take a layer's outputs in.
std::set<node_index> readers_of(const network& net, const placement& where,
                                layer_id id) {
  std::set<node_index> result;
  for (auto consumer : net.consumers_of(id))
    for (const auto& x : where.ranges_of(consumer))
      result.insert(x.node);
  if (net.consumers_of(id).empty())
    result.insert(*loss_node(net, where));
  return result;
}

void print_input(const network& net, const placement& where, layer_id id) {
  std::vector<std::string> to;
  for (auto node : readers_of(net, where, id))
    to.push_back(where.nodes()[node]);
  fmt::print("  {:<22} engine    {} to {}\n", net.at(id).name,
             bytes_of(net.width_of(id)), fmt::join(to, ", "));
}

/// One range, where it is computed, and where that goes.
void print_hop(const network& net, const placement& where,
               const placed_range& x) {
  auto bytes = bytes_of(x.range.count * net.at(x.layer).values);
  auto output = net.consumers_of(x.layer).empty();
  std::vector<std::string> ways;
  std::vector<std::string> remote;
  for (auto node : readers_of(net, where, x.layer)) {
    if (node == x.node)
      ways.emplace_back("stays here");
    else
      remote.push_back(where.nodes()[node]);
  }
  if (!remote.empty())
    ways.push_back(fmt::format("{} to {}", bytes, fmt::join(remote, ", ")));
  fmt::print("  {:<22} {:<9} {}{}\n", name_of(net, x.range),
             where.nodes()[x.node], fmt::join(ways, "; "),
             output ? ", then to the engine" : "");
}

caf::error print_hops(const workspace& w) {
  const auto& net = *w.net;
  const auto& where = w.on->where();
  auto order = topological_order(net);
  if (!order)
    return order.error();
  for (auto id : *order) {
    if (net.at(id).kind == layer_kind::input)
      print_input(net, where, id);
    for (const auto& x : where.ranges_of(id))
      print_hop(net, where, x);
  }
  plan_options options;
  options.batch = 1;
  options.group_size = w.options.group_size;
  auto costs = make_plan(net, w.on->nodes().view(), where, options);
  if (!costs)
    return costs.error();
  std::uint64_t messages = 0;
  for (const auto& x : costs->traffic)
    messages += x.forward_messages;
  fmt::print("  between nodes: {} in {} message{}\n",
             bytes_text(static_cast<double>(inference_bytes(*costs, 1))),
             messages, messages == 1 ? "" : "s");
  return {};
}

void print_values(const workspace& w, neuron_range range,
                  std::span<const float> xs) {
  const auto& net = *w.net;
  if (range.count > max_bars) {
    fmt::print("  {}\n", name_of(net, range));
    for (std::size_t i = 0; i < xs.size(); i += per_line) {
      for (auto x : xs.subspan(i, std::min(per_line, xs.size() - i)))
        fmt::print(" {:>9}", value_text(x));
      fmt::print("\n");
    }
    return;
  }
  float most = 0;
  for (auto x : xs)
    most = std::max(most, std::abs(x));
  for (std::size_t i = 0; i < xs.size(); ++i) {
    auto length = most > 0 ? std::abs(xs[i]) / most * bar_length : 0;
    std::string bar(static_cast<std::size_t>(length), xs[i] < 0 ? '-' : '#');
    fmt::print("  {:<16} {:>9}{}{}{}{}\n", name_of(net, {range.first + i, 1}),
               value_text(xs[i]), bar.empty() ? "" : " ", w.paint.green, bar,
               w.paint.reset);
  }
}

caf::error print_watched(workspace& w) {
  for (auto range : w.watched) {
    auto answer = w.on->ask<kept_outputs>(get_outputs{range});
    if (!answer)
      return answer.error();
    print_values(w, range, answer->values.row(0));
  }
  return {};
}

void print_outputs(const workspace& w, const tensor& outputs) {
  auto id = *output_layer(*w.net);
  std::string text;
  auto row = outputs.row(0);
  for (std::size_t i = 0; i < row.size(); ++i)
    text += fmt::format("{}{:>9}", i > 0 && i % per_line == 0 ? "\n  " : " ",
                        value_text(row[i]));
  fmt::print("{}{}{} answers\n  {}\n", w.paint.bold, w.net->at(id).name,
             w.paint.reset, text);
  auto best = argmax(row);
  std::string name;
  if (w.position && best < w.position->data.train.class_names.size())
    name = fmt::format(" ({})", w.position->data.train.class_names[best]);
  fmt::print("  the largest is {}[{}]{}\n", w.net->at(id).name, best, name);
}

caf::expected<tensor> sample_from(const workspace& w, const words& args) {
  if (args.size() != 2)
    return usage_of("fire");
  if (!w.position)
    return expected_instead("nothing was trained with: expected train before "
                            "fire sample");
  auto number = to_count(args[1], "sample");
  if (!number)
    return number.error();
  const auto& data = w.position->data.train;
  if (*number >= data.size())
    return expected_instead(
      fmt::format("sample {}: expected one from 0 to {} of {}", *number,
                  data.size() - 1, data.name));
  return data.samples.rows(*number, 1);
}

caf::expected<tensor> input_from(const workspace& w, const words& args) {
  if (args.empty() && w.last_input.empty())
    return usage_of("fire");
  if (args.empty())
    return w.last_input;
  if (args[0] == "sample")
    return sample_from(w, args);
  std::vector<float> values;
  for (const auto& word : args) {
    auto value = to_number(word, "fire");
    if (!value)
      return value.error();
    values.push_back(static_cast<float>(*value));
  }
  std::uint64_t width = 0;
  for (auto id : input_layers(*w.net))
    width += w.net->width_of(id);
  if (values.size() != width)
    return expected_instead(fmt::format("fire: expected {} values, one for "
                                        "each input, not {}",
                                        width, values.size()));
  return tensor::copy_of(values, 1, values.size());
}

} // namespace

caf::error run_fire(workspace& w, const words& args) {
  if (auto err = w.need_deployment())
    return err;
  auto input = input_from(w, args);
  if (!input)
    return input.error();
  auto answer = w.on->ask<inference>(infer{*input, {}, !w.watched.empty()});
  if (!answer)
    return answer.error();
  w.last_input = std::move(*input);
  w.last_outputs = answer->outputs;
  if (auto err = print_hops(w))
    return err;
  if (auto err = print_watched(w))
    return err;
  print_outputs(w, answer->outputs);
  return {};
}

caf::error run_watch(workspace& w, const words& args) {
  if (auto err = w.need_deployment())
    return err;
  if (args.empty() && w.watched.empty())
    return usage_of("watch");
  if (args.size() == 1 && args[0] == "off") {
    w.watched.clear();
    return {};
  }
  if (!args.empty()) {
    auto neurons = to_neurons(*w.net, args);
    if (!neurons)
      return neurons.error();
    for (auto x : *neurons)
      if (w.net->parameters_per_neuron(*w.net->layer_of(x.first)) == 0)
        return expected_instead(fmt::format(
          "{}: inputs answer what they are given: expected other neurons",
          name_of(*w.net, x)));
    w.watched = std::move(*neurons);
  }
  std::vector<std::string> names;
  for (auto x : w.watched)
    names.push_back(name_of(*w.net, x));
  fmt::print("watching {}\n", fmt::join(names, ", "));
  return {};
}

} // namespace ganglion::cli
