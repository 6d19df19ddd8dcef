// fire: an inference and the way it takes.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "actors/kernel/loss.hpp"
#include "distributor/plan.hpp"
#include "metadata/placement/group_readers.hpp"
#include "metadata/placement/groups.hpp"
#include "metadata/placement/reads.hpp"
#include "runtime/cli/repl/verbs.hpp"
#include "runtime/cli/showing/confusion_text.hpp"
#include "runtime/cli/showing/report.hpp"

namespace ganglion::cli {

namespace {

std::string bytes_of(std::uint64_t values) {
  return bytes_text(static_cast<double>(values * sizeof(float)));
}

void print_input(const network& net, const placement& where, layer_id id) {
  std::vector<std::string> to;
  for (const auto& x : takers_of(net, id, where))
    to.push_back(where.nodes()[x.node]);
  fmt::print("  {:<22} engine    {} to {}\n", net.at(id).name,
             bytes_of(net.width_of(id)), fmt::join(to, ", "));
}

/// "stays here; 20 B to b, c; 4 B to d"
std::string ways_to(const placement& where, node_index from,
                    const std::map<node_index, std::uint64_t>& to) {
  std::vector<std::string> ways;
  std::map<std::uint64_t, std::vector<std::string>, std::greater<>> remote;
  for (auto [node, values] : to) {
    if (node == from)
      ways.emplace_back("stays here");
    else
      remote[values].push_back(where.nodes()[node]);
  }
  for (const auto& [values, names] : remote)
    ways.push_back(
      fmt::format("{} to {}", bytes_of(values), fmt::join(names, ", ")));
  return fmt::format("{}", fmt::join(ways, "; "));
}

/// Values from a range to each node that reads some of a group.
std::map<node_index, std::uint64_t>
values_to(const workspace& w, const placed_range& from,
          const std::vector<node_reads>& readers) {
  std::vector<placed_range> groups;
  append_groups(*w.net, from, w.on->nodes().view().nodes[from.node].threads,
                w.options.group_size, groups);
  std::map<node_index, std::uint64_t> result;
  for (const auto& x : readers)
    for (auto i : groups_read(groups, x.neurons))
      result[x.node] += groups[i].range.count * w.net->at(from.layer).values;
  return result;
}

/// One range, where it is computed, and where that goes.
void print_hop(const workspace& w, const placed_range& x, std::uint64_t ticks) {
  const auto& net = *w.net;
  const auto& where = w.on->where();
  auto name = name_of(net, x.range);
  auto line = [&](const std::string& ways) {
    fmt::print("  {:<22} {:<9} {}\n", std::exchange(name, ""),
               where.nodes()[x.node], ways);
  };
  auto within = net.reads_itself(x.layer) && ticks > 1;
  if (within)
    line("each tick: "
         + ways_to(where, x.node,
                   values_to(w, x, reads_of_ticks(net, x.layer, where))));
  auto to = values_to(w, x, takers_of(net, x.layer, where));
  auto output = net.feeds_loss(x.layer);
  line((within ? "the last: " : "") + ways_to(where, x.node, to)
       + (output ? ", then to the engine" : ""));
}

/// Ticks of a layer in a run for which so many were asked.
std::uint64_t ticks_of(const network& net, layer_id id, std::uint32_t asked) {
  return net.reads_itself(id) && asked > 0 ? asked : net.schedule_of(id).ticks;
}

caf::error print_hops(const workspace& w, std::uint32_t ticks) {
  const auto& net = *w.net;
  const auto& where = w.on->where();
  auto order = topological_order(net);
  if (!order)
    return order.error();
  for (auto id : *order) {
    if (net.is_given(id))
      print_input(net, where, id);
    if (net.reads_itself(id))
      fmt::print("  {} ticks\n", ticks_of(net, id, ticks));
    for (const auto& x : where.ranges_of(id))
      print_hop(w, x, ticks_of(net, id, ticks));
  }
  plan_options options;
  options.batch = 1;
  options.group_size = w.options.group_size;
  options.ticks = ticks;
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

/// What the network should have answered.
void print_truth(const workspace& w, const found_sample& x) {
  const auto& data = *x.data;
  if (!data.labelled())
    return;
  auto right = data.labels.row(x.number);
  if (data.values > 0) {
    std::string text;
    for (auto value : right.first(std::min<std::size_t>(right.size(), 8)))
      text += " " + value_text(value);
    fmt::print("  sample {} wants{}\n", x.number, text);
    return;
  }
  auto truth = static_cast<std::uint32_t>(right[0]);
  fmt::print("  sample {} is {}: {}\n", x.number, class_name(data, truth),
             argmax(w.last_outputs.row(0)) == truth ? "right" : "wrong");
}

caf::expected<tensor> input_from(workspace& w, const words& args,
                                 std::optional<found_sample>& sample) {
  if (args.empty() && w.last_input.empty())
    return usage_of("fire");
  if (args.empty())
    return w.last_input;
  if (args[0] == "sample") {
    auto found = find_sample(w, args, "fire");
    if (!found)
      return found.error();
    sample = *found;
    return found->data->samples.rows(found->number, 1);
  }
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

/// Takes "ticks N" off the end; 0 where it is not there.
caf::expected<std::uint32_t> take_ticks(const workspace& w, words& args) {
  if (args.size() < 2 || args[args.size() - 2] != "ticks")
    return std::uint32_t{0};
  auto ticks = to_count(args.back(), "ticks");
  if (!ticks)
    return ticks.error();
  if (*ticks == 0 || *ticks > max_ticks)
    return expected_instead(
      fmt::format("ticks {}: expected 1 to {}", *ticks, max_ticks));
  auto id = static_cast<layer_id>(w.net->layers().size());
  while (id > 0 && !w.net->reads_itself(id - 1))
    --id;
  if (id == 0)
    return expected_instead("no neuron reads another of its layer: expected "
                            "fire without ticks");
  args.resize(args.size() - 2);
  return static_cast<std::uint32_t>(*ticks);
}

caf::error run_fire(workspace& w, const words& args) {
  if (auto err = w.need_deployment())
    return err;
  auto rest = args;
  auto ticks = take_ticks(w, rest);
  if (!ticks)
    return ticks.error();
  std::optional<found_sample> sample;
  auto input = input_from(w, rest, sample);
  if (!input)
    return input.error();
  auto answer = w.on->ask<inference>(
    infer{*input, {}, !w.watched.empty(), *ticks});
  if (!answer)
    return answer.error();
  w.last_input = std::move(*input);
  w.last_outputs = answer->outputs;
  w.last_ticks = *ticks;
  if (auto err = print_hops(w, *ticks))
    return err;
  if (auto err = print_watched(w))
    return err;
  print_outputs(w, answer->outputs);
  if (sample)
    print_truth(w, *sample);
  return {};
}

} // namespace

const verb& fire_verb() {
  static constexpr verb result{
    "Ask the network, and show each hop; watch neurons",
    "fire",
    "VALUE... | sample N | (nothing: the last input again) [ticks N]",
    "Ask the network, and show each hop",
    "Each line is what one node computes of one layer, and where that goes.\n"
    "Bytes are those of the values; headers come on top, as the last line\n"
    "says. 'fire sample N' takes sample N of what was trained with last, also "
    "by\n"
    "a model that was loaded, or of DATA. Single "
    "neurons compute tick by tick, from what all answered at the tick before:\n"
    "as often as the network is deep; with loops, 10 times or until an input\n"
    "has reached all it can; or N times.",
    "fire 5.1 3.5 1.4 0.2",
    "sample ticks",
    run_fire};
  return result;
}

} // namespace ganglion::cli
