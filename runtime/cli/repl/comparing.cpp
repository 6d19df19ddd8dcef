// compare: all that was done, once more in one process, bit by bit.
#include <fmt/format.h>

#include "runtime/cli/repl/verbs.hpp"
#include "runtime/measuring/comparison.hpp"

namespace ganglion::cli {

namespace {

caf::expected<std::unique_ptr<session>> open_single(const workspace& w) {
  auto options = w.options;
  options.nodes = "inside:1";
  options.request = {by_layers{}, partition_scope::network};
  options.node_options.threads = 1;
  options.group_size = 0;
  return session::open(options);
}

caf::error redo(session& on, const trained_steps& x, const stop_signal& stop) {
  if (on.training() != x.training) {
    auto done = on.rearrange(on.where(), x.training);
    if (!done)
      return done.error();
  }
  auto last = train(on, x.data, x.how,
                    [&](const progress&) { return !stop.requested(); });
  return last ? caf::error{} : last.error();
}

caf::error redo(session& on, const parameters& x, const stop_signal&) {
  auto done = on.ask<stored>(put_parameters{x});
  return done ? caf::error{} : done.error();
}

caf::error redo(session& on, const load_commit& x, const stop_signal&) {
  auto done = on.ask<commit_loaded>(x);
  return done ? caf::error{} : done.error();
}

caf::error redo_all(const workspace& w, session& on) {
  std::uint64_t steps = 0;
  std::uint64_t changes = 0;
  for (const auto& x : w.deeds) {
    auto err = std::visit([&](const auto& y) { return redo(on, y, w.stop); },
                          x);
    if (err)
      return err;
    if (auto trained = std::get_if<trained_steps>(&x))
      steps += trained->how.steps;
    else
      ++changes;
  }
  changes -= w.given;
  // The last options may have trained nothing yet.
  if (on.training() != w.on->training()) {
    auto done = on.rearrange(on.where(), w.on->training());
    if (!done)
      return done.error();
  }
  fmt::print("one process, once more: {} step{}, {} change{}\n", steps,
             steps == 1 ? "" : "s", changes, changes == 1 ? "" : "s");
  return {};
}

caf::error different(const workspace& w, const std::string& what) {
  return make_failure(errc::protocol,
                      fmt::format("NOT equal: {} on {} nodes and in one "
                                  "process differ",
                                  what, w.on->nodes().view().nodes.size()));
}

caf::error compare_weights(workspace& w, session& single) {
  auto result = compare_bits(single, *w.on);
  if (!result)
    return result.error();
  if (!result->first_difference) {
    fmt::print("weights and optimizer state: equal to the bit\n"
               "  sha256 {}\n",
               result->weights[0]);
    return {};
  }
  if (w.whole_blocks)
    return different(w, name_of(*w.net, {*result->first_difference, 1}));
  auto difference = relative_difference(single, *w.on);
  if (!difference)
    return difference.error();
  fmt::print("weights: a placement cut blocks, relative difference {:.1e}\n",
             *difference);
  return *difference < 1e-3 ? caf::error{} : different(w, "the weights");
}

caf::error compare_outputs(const workspace& w, session& single) {
  if (w.last_input.empty())
    return {};
  auto here = w.on->ask<inference>(
    infer{w.last_input, {}, false, w.last_ticks});
  auto there = single.ask<inference>(
    infer{w.last_input, {}, false, w.last_ticks});
  if (!here || !there)
    return here ? there.error() : here.error();
  if (here->outputs == there->outputs) {
    fmt::print("outputs for the last input: equal to the bit\n");
    return {};
  }
  if (w.whole_blocks)
    return different(w, "the outputs for the last input");
  fmt::print("outputs for the last input: equal within rounding only\n");
  return {};
}

caf::error run_compare(workspace& w, const words& args) {
  if (args.size() != 1 || args[0] != "single")
    return usage_of("compare");
  if (auto err = w.need_deployment())
    return err;
  auto single = open_single(w);
  if (!single)
    return single.error();
  if (auto err = redo_all(w, **single))
    return err;
  if (auto err = compare_weights(w, **single))
    return err;
  return compare_outputs(w, **single);
}

} // namespace

const verb& compare_verb() {
  static constexpr verb result{
    "",
    "compare",
    "single",
    "Do all again in one process, and compare the bits",
    "One actor system with one thread does what was done since the\n"
    "deployment (training, set, ablate, load); weights, the optimizer's\n"
    "state, and the outputs for the last input are compared.",
    "compare single",
    "single",
    run_compare};
  return result;
}

} // namespace ganglion::cli
