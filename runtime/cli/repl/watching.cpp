// watch, and what fire shows: what neurons answered, and what the network did.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "actors/kernel/loss.hpp"
#include "runtime/cli/repl/verbs.hpp"
#include "runtime/cli/showing/confusion_text.hpp"
#include "runtime/cli/showing/predictions.hpp"

namespace ganglion::cli {

namespace {

/// Neurons of a range that get a line with a bar each; more share lines.
constexpr std::uint64_t max_bars = 16;
constexpr std::size_t per_line = 7;
constexpr double bar_length = 40;

/// Outputs and ticks that are shown.
constexpr std::size_t max_outputs = 70;
constexpr std::size_t max_columns = 28;

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

/// What neurons answered at each tick: lines of `per_line` ticks, the last
/// ones.
void print_ticks(const network& net, neuron_range range, const tensor& values) {
  auto ticks = values.rows();
  auto begin = ticks > max_columns ? ticks - max_columns : 0;
  auto shown = std::min(range.count, max_bars);
  if (begin > 0)
    fmt::print("  the last {} of {} ticks\n", max_columns, ticks);
  for (auto first = begin; first < ticks; first += per_line) {
    auto last = std::min(first + per_line, ticks);
    fmt::print("  {:<8}", "tick");
    for (auto t = first; t < last; ++t)
      fmt::print(" {:>9}", t + 1);
    fmt::print("\n");
    for (std::uint64_t i = 0; i < shown; ++i) {
      fmt::print("  {:<8}", name_of(net, {range.first + i, 1}));
      for (auto t = first; t < last; ++t)
        fmt::print(" {:>9}", value_text(values.row(t)[i]));
      fmt::print("\n");
    }
  }
  if (shown < range.count)
    fmt::print("  and {} more: watch fewer at a time\n", range.count - shown);
}

/// The outputs of the network, where only some neurons answer.
std::string answering_name(const network& net, layer_id id) {
  std::string result;
  for (auto x : net.at(id).wires.outputs) {
    if (result.size() > 50)
      return result + ", ...";
    result += (result.empty() ? "" : ", ") + name_of(net, x);
  }
  return result.empty() ? net.at(id).name : result;
}

std::string name_of_answer(const network& net, layer_id id,
                           std::uint64_t index) {
  for (auto x : net.at(id).wires.outputs) {
    if (index < x.count)
      return name_of(net, {x.first + index, 1});
    index -= x.count;
  }
  return net.is_wired(id)
           ? to_string(neuron_range{net.range_of(id).first + index, 1})
           : fmt::format("{}[{}]", net.at(id).name, index);
}

/// " (setosa), probability 97.3 %", where answers are classes.
std::string class_of(const workspace& w, std::span<const float> outputs,
                     std::size_t best) {
  const auto* data = w.position ? &w.position->data.train
                     : w.asked  ? &w.asked->data.train
                                : nullptr;
  if (!data || data->values > 0 || best >= data->classes)
    return {};
  std::string result;
  if (best < data->class_names.size())
    result = fmt::format(" ({})",
                         class_name(*data, static_cast<std::uint32_t>(best)));
  if (is_for_classes(w.on->loss()))
    result += fmt::format(", probability {:.1f} %",
                          100 * probabilities_of(outputs)[best]);
  return result;
}

} // namespace

caf::error print_watched(workspace& w) {
  for (auto range : w.watched) {
    auto answer = w.on->ask<kept_outputs>(get_outputs{range});
    if (!answer)
      return answer.error();
    if (w.net->reads_itself(*w.net->layer_of(range.first)))
      print_ticks(*w.net, range, answer->values);
    else
      print_values(w, range, answer->values.row(0));
  }
  return {};
}

void print_outputs(const workspace& w, const tensor& outputs) {
  auto id = *output_layer(*w.net);
  std::string text;
  auto row = outputs.row(0);
  for (std::size_t i = 0; i < std::min(row.size(), max_outputs); ++i)
    text += fmt::format("{}{:>9}", i > 0 && i % per_line == 0 ? "\n  " : " ",
                        value_text(row[i]));
  if (row.size() > max_outputs)
    text += " ...";
  fmt::print("{}{}{} answers\n  {}\n", w.paint.bold, answering_name(*w.net, id),
             w.paint.reset, text);
  auto best = argmax(row);
  fmt::print("  the largest is {}{}\n", name_of_answer(*w.net, id, best),
             class_of(w, row, best));
}

namespace {

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
      if (w.net->is_given(*w.net->layer_of(x.first)))
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

} // namespace

const verb& watch_verb() {
  static constexpr verb result{
    "Ask the network, and show each hop; watch neurons",
    "watch",
    "NEURONS... | off",
    "Show what they answer with each fire",
    "",
    "watch hidden1[0..3]",
    "off",
    run_watch};
  return result;
}

} // namespace ganglion::cli
