#include "runtime/cli/repl/placing.hpp"

#include <fmt/format.h>

#include "actors/kernel/optimizer.hpp"
#include "metadata/layers/layer_rule.hpp"
#include "runtime/cli/repl/verbs.hpp"
#include "runtime/cli/showing/report.hpp"

namespace ganglion::cli {

std::string placement_lines(const network& net, const placement& where) {
  std::string result;
  for (node_index node = 0; node < where.nodes().size(); ++node) {
    std::string names;
    std::uint64_t neurons = 0;
    for (const auto& x : where.held_by(node)) {
      auto name = name_of(net, x.range);
      // So that a line with ", ..." fits a terminal.
      constexpr std::size_t room = 45;
      if (!names.empty() && names.size() + 2 + name.size() > room
          && !names.ends_with("...")) {
        names += ", ...";
      } else if (!names.ends_with("...")) {
        names += (names.empty() ? "" : ", ") + name;
      }
      neurons += x.range.count;
    }
    result += fmt::format("  {:<10} {:>7} neurons  {}\n", where.nodes()[node],
                          neurons, names);
  }
  return result;
}

std::string cost_line(const plan& x) {
  auto batch = x.options.batch;
  auto share = [batch](std::uint64_t bytes) {
    return bytes_text(static_cast<double>(bytes) / static_cast<double>(batch));
  };
  if (!x.trainable)
    return fmt::format("{} inference", share(inference_bytes(x, batch)));
  return fmt::format("{} training, {} inference",
                     share(training_bytes(x, batch)),
                     share(inference_bytes(x, batch)));
}

std::string change_lines(const network& net, const placement& from,
                         const placement& to, optimizer_kind optimizer) {
  auto copies = 1 + state_arrays(optimizer);
  std::string result;
  std::uint64_t neurons = 0;
  std::uint64_t bytes = 0;
  auto old = from.ranges().begin();
  for (const auto& x : to.ranges()) {
    while (old != from.ranges().end() && old->range.end() <= x.range.first)
      ++old;
    for (auto i = old;
         i != from.ranges().end() && i->range.first < x.range.end(); ++i) {
      auto both = intersection(i->range, x.range);
      if (i->node == x.node || both.empty())
        continue;
      result += fmt::format("  {:<24} {} -> {}\n", name_of(net, both),
                            from.nodes()[i->node], to.nodes()[x.node]);
      neurons += both.count;
      bytes += net.parameters_of(x.layer, both) * sizeof(float)
               * (rule_of(net.at(x.layer)).trainable() ? copies : 1);
    }
  }
  if (neurons == 0)
    return "nothing moves: every neuron is where it should be\n";
  return result
         + fmt::format("  {} neuron{}, {} of weights and optimizer state\n",
                       neurons, neurons == 1 ? "" : "s",
                       bytes_text(static_cast<double>(bytes)));
}

caf::expected<placement> with_moved(const network& net, const placement& where,
                                    const std::vector<neuron_range>& neurons,
                                    node_index to) {
  std::vector<assignment> result;
  for (const auto& x : where.ranges()) {
    auto left = x.range;
    for (auto moved : neurons) {
      auto part = intersection(left, moved);
      if (part.empty())
        continue;
      if (auto before = range_between(left.first, part.first); !before.empty())
        result.push_back({before, x.node});
      left = range_between(part.end(), left.end());
    }
    if (!left.empty())
      result.push_back({left, x.node});
  }
  for (auto moved : neurons)
    result.push_back({moved, to});
  return placement::make(net, where.nodes(), std::move(result));
}

} // namespace ganglion::cli
