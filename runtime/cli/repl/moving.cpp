// plan, diff, apply, move, undo: where neurons live, and what that costs.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "distributor/distribute.hpp"
#include "metadata/text/names.hpp"
#include "runtime/cli/repl/placing.hpp"
#include "runtime/cli/repl/verbs.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/hosting/request_text.hpp"

namespace ganglion::cli {

namespace {

caf::expected<cluster_view> cluster_for(const workspace& w,
                                        const std::string& nodes) {
  if (w.on && !nodes.empty())
    return expected_instead("the network is deployed: expected plan by "
                            "STRATEGY, without nodes");
  if (w.on)
    return w.on->nodes().view();
  if (nodes.empty())
    return expected_instead("nothing is deployed: expected names of nodes, "
                            "such as: plan a,b,c by layers");
  auto names = node_names(nodes);
  if (!names)
    return names.error();
  cluster_view result;
  for (auto& name : *names)
    result.nodes.push_back({name, "", 0, 1});
  return result;
}

caf::expected<plan> plan_for(const workspace& w, const cluster_view& cluster,
                             const placement& where) {
  plan_options options;
  options.batch = w.position ? w.position->batch : usual_batch;
  options.micro_batches = w.options.micro_batches;
  options.group_size = w.options.group_size;
  options.optimizer = w.on ? w.on->training().optimizer.kind
                           : w.options.training.optimizer.kind;
  return make_plan(*w.net, cluster, where, options);
}

/// "by STRATEGY", with all that may follow.
caf::expected<partition_request>
take_strategy(std::span<const std::string> from) {
  constexpr std::array<std::string_view, 2> names{"by", "within"};
  constexpr std::array<std::string_view, 1> flags{"exact"};
  auto given = named_values::parse(from, names, flags);
  if (!given)
    return given.error();
  std::string strategy;
  std::string within;
  given->take("by", strategy);
  given->take("within", within);
  return read_request(strategy, given->has("exact"), within);
}

void print_plan(const network& net, const placement& where, const plan& x) {
  fmt::print("{}", placement_lines(net, where));
  fmt::print("  {:<10}{:>12}{:>12}{:>11}{:>11}{:>11}\n", "node", "parameters",
             "memory", "local", "remote", "of inputs");
  for (const auto& y : x.nodes)
    fmt::print(
      "  {:<10}{:>12}{:>12}{:>11}{:>11}{:>11}\n", y.name, y.parameters,
      bytes_text(static_cast<double>(y.weight_bytes + y.gradient_bytes
                                     + y.optimizer_bytes + y.activation_bytes)),
      y.local_connections, y.remote_connections, y.input_connections);
  auto batch = static_cast<double>(x.options.batch);
  auto share = [batch](std::uint64_t bytes) {
    return bytes_text(static_cast<double>(bytes) / batch);
  };
  for (const auto& y : x.traffic)
    fmt::print("  {} -> {}: {}{} inference per sample\n", x.nodes[y.from].name,
               x.nodes[y.to].name,
               x.trainable ? fmt::format(
                 "{} training, ", share(training_bytes(x, y, x.options.batch)))
                           : "",
               share(inference_bytes(x, y, x.options.batch)));
  fmt::print("  all pairs: {} per sample, batches of {}\n", cost_line(x),
             x.options.batch);
  for (const auto& y : x.cut_blocks)
    fmt::print("  cuts the block {}: equal within rounding only\n",
               name_of(net, y.block));
}

caf::error print_before_and_after(const workspace& w, const placement& before,
                                  const placement& after) {
  auto old = plan_for(w, w.on->nodes().view(), before);
  auto next = plan_for(w, w.on->nodes().view(), after);
  if (!old || !next)
    return old ? next.error() : old.error();
  fmt::print("  between nodes, per sample in batches of {}\n",
             next->options.batch);
  fmt::print("    before: {}\n    after:  {}\n", cost_line(*old),
             cost_line(*next));
  if (!next->cut_blocks.empty())
    fmt::print("  it cuts the block {}: equal within rounding only\n",
               name_of(*w.net, next->cut_blocks.front().block));
  return {};
}

} // namespace

caf::error change_to(workspace& w, const placement& where) {
  auto before = w.on->where();
  auto done = w.on->rearrange(where, w.on->training());
  if (!done)
    return done.error();
  w.whole_blocks = w.whole_blocks && on_block_borders(*w.net, where);
  fmt::print(
    "{}", change_lines(*w.net, before, where, w.on->training().optimizer.kind));
  return print_before_and_after(w, before, where);
}

namespace {

caf::error run_plan(workspace& w, const words& args) {
  if (auto err = w.need_network())
    return err;
  auto by = std::find(args.begin(), args.end(), "by");
  if (by == args.end() || by - args.begin() > 1)
    return usage_of("plan");
  auto request = take_strategy({by, args.end()});
  if (!request)
    return request.error();
  auto cluster = cluster_for(w, by == args.begin() ? "" : args[0]);
  if (!cluster)
    return cluster.error();
  auto where = distribute(*w.net, *cluster, *request);
  if (!where)
    return where.error();
  auto result = plan_for(w, *cluster, *where);
  if (!result)
    return result.error();
  print_plan(*w.net, *where, *result);
  if (w.on)
    w.planned = std::move(*where);
  return {};
}

} // namespace

const verb& plan_verb() {
  static constexpr verb result{
    "What a placement costs, what it would change; do it",
    "plan",
    "[NODES] by STRATEGY",
    "Show what a placement costs, and keep it",
    "On a deployed network: the plan for 'diff' and 'apply'. Before, NODES\n"
    "are names such as a,b,c.",
    "plan by layers",
    "by within exact percentage= count= layers",
    run_plan};
  return result;
}

namespace {

caf::error run_diff(workspace& w, const words&) {
  if (auto err = w.need_deployment())
    return err;
  if (!w.planned)
    return expected_instead("there is no plan: expected, for example, plan by "
                            "layers before");
  fmt::print("{}", change_lines(*w.net, w.on->where(), *w.planned,
                                w.on->training().optimizer.kind));
  return print_before_and_after(w, w.on->where(), *w.planned);
}

} // namespace

const verb& diff_verb() {
  static constexpr verb result{
    "What a placement costs, what it would change; do it",
    "diff",
    "",
    "Show what the plan would change",
    "",
    "diff",
    "",
    run_diff};
  return result;
}

namespace {

caf::error run_apply(workspace& w, const words&) {
  if (auto err = w.need_deployment())
    return err;
  if (!w.planned)
    return expected_instead("there is no plan: expected, for example, plan by "
                            "layers before");
  auto before = w.on->where();
  if (auto err = change_to(w, *w.planned))
    return err;
  remember_placement(w, "apply", std::move(before));
  w.planned.reset();
  return {};
}

} // namespace

const verb& apply_verb() {
  static constexpr verb result{
    "What a placement costs, what it would change; do it",
    "apply",
    "",
    "Move neurons as the plan says, keeping all they know",
    "",
    "apply",
    "",
    run_apply};
  return result;
}

namespace {

caf::error run_move(workspace& w, const words& args) {
  if (args.size() < 3 || args[args.size() - 2] != "to")
    return usage_of("move");
  if (auto err = w.need_deployment())
    return err;
  auto neurons = to_neurons(*w.net, std::span{args}.first(args.size() - 2));
  if (!neurons)
    return neurons.error();
  const auto& names = w.on->where().nodes();
  auto node = std::find(names.begin(), names.end(), args.back());
  if (node == names.end())
    return expected_instead(fmt::format("'{}': expected one of the nodes {}",
                                        printable(args.back()),
                                        fmt::join(names, ", ")));
  for (auto x : *neurons)
    if (w.net->is_given(*w.net->layer_of(x.first)))
      return expected_instead(
        fmt::format("{}: these are inputs, which live nowhere: expected "
                    "neurons with weights",
                    name_of(*w.net, x)));
  auto where = with_moved(*w.net, w.on->where(), *neurons,
                          static_cast<node_index>(node - names.begin()));
  if (!where)
    return where.error();
  auto before = w.on->where();
  if (auto err = change_to(w, *where))
    return err;
  remember_placement(w, "move " + joined(args), std::move(before));
  return {};
}

} // namespace

const verb& move_verb() {
  static constexpr verb result{
    "",
    "move",
    "NEURONS... to NODE",
    "Move neurons, keeping all they know",
    "Weights and the optimizer's state go from node to node. Where blocks\n"
    "stay whole, no bit of what follows changes.",
    "move hidden1[0..3] to b",
    "to",
    run_move};
  return result;
}

} // namespace ganglion::cli
