// undo: what was done last is taken back. Before weights change, they are
// fetched, with the optimizer's state, up to a limit; placements cost nothing.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/text/names.hpp"
#include "runtime/cli/repl/verbs.hpp"
#include "runtime/cli/showing/units.hpp"

namespace ganglion::cli {

namespace {

/// Of all that can be taken back.
constexpr std::uint64_t most_bytes = std::uint64_t{256} << 20;

std::uint64_t bytes_of(const workspace& w, neuron_range range) {
  auto arrays = 1 + state_arrays(w.on->training().optimizer.kind);
  return arrays * sizeof(float)
         * w.net->parameters_of(*w.net->layer_of(range.first), range);
}

std::uint64_t bytes_of(const undoable& x) {
  std::uint64_t values = 0;
  for (const auto& y : x.values) {
    values += y.weights.rows() * y.weights.columns();
    for (const auto& array : y.state)
      values += array.rows() * array.columns();
  }
  return values * sizeof(float);
}

/// The oldest go first.
void limit(std::vector<undoable>& past) {
  std::uint64_t bytes = 0;
  for (auto i = past.rbegin(); i != past.rend(); ++i) {
    bytes += bytes_of(*i);
    if (bytes <= most_bytes)
      continue;
    past.erase(past.begin(), i.base());
    return;
  }
}

undoable as_it_is(const workspace& w, std::string what) {
  undoable result;
  result.what = std::move(what);
  result.training = w.on->training();
  result.deeds = w.deeds;
  result.kept = w.kept;
  result.kept_in = w.kept_in;
  result.position = w.position;
  result.losses = w.losses;
  return result;
}

caf::error put_back(workspace& w, const undoable& x) {
  if (w.on->training() != x.training) {
    auto done = w.on->rearrange(w.on->where(), x.training);
    if (!done)
      return done.error();
  }
  for (const auto& values : x.values) {
    auto done = w.on->ask<stored>(put_parameters{values});
    if (!done)
      return done.error();
  }
  auto done = w.on->ask<step_set>(set_step{x.step});
  if (!done)
    return done.error();
  w.deeds = x.deeds;
  w.kept = x.kept;
  w.kept_in = x.kept_in;
  w.position = x.position;
  w.losses = x.losses;
  return {};
}

} // namespace

std::string joined(const words& args) {
  return fmt::format("{}", fmt::join(args, " "));
}

void remember_placement(workspace& w, std::string what, placement before) {
  undoable result;
  result.what = std::move(what);
  result.where = std::move(before);
  w.past.push_back(std::move(result));
}

caf::expected<undoable> before_change(workspace& w, std::string what,
                                      std::span<const neuron_range> ranges) {
  auto result = as_it_is(w, std::move(what));
  std::uint64_t bytes = 0;
  for (auto range : ranges)
    bytes += bytes_of(w, range);
  if (bytes > most_bytes) {
    result.too_many = true;
    return result;
  }
  for (auto range : ranges) {
    auto values = w.on->ask<parameters>(get_parameters{range});
    if (!values)
      return values.error();
    result.step = values->step;
    result.values.push_back(std::move(*values));
  }
  return result;
}

void remember(workspace& w, undoable x) {
  w.past.push_back(std::move(x));
  limit(w.past);
}

std::vector<neuron_range> all_with_weights(const network& net) {
  std::vector<neuron_range> result;
  for (layer_id id = 0; id < net.layers().size(); ++id)
    if (net.parameters_per_neuron(id) > 0)
      result.push_back(net.range_of(id));
  return result;
}

namespace {

caf::error run_undo(workspace& w, const words&) {
  if (auto err = w.need_deployment())
    return err;
  if (w.past.empty())
    return expected_instead("nothing was done that can be taken back: expected "
                            "train, set, ablate, load, move or apply before");
  const auto& last = w.past.back();
  if (last.too_many)
    return expected_instead(fmt::format(
      "'{}' cannot be taken back: the weights before it are more "
      "than the {} that undo keeps; expected load of what was "
      "saved",
      printable(last.what), bytes_text(static_cast<double>(most_bytes))));
  auto err = last.where ? change_to(w, *last.where) : put_back(w, last);
  if (err)
    return err;
  fmt::print("took back: {}\n", printable(last.what));
  w.past.pop_back();
  return {};
}

} // namespace

const verb& undo_verb() {
  static constexpr verb result{
    "",
    "undo",
    "",
    "Take back what was done last",
    "Of train, set, ablate, load, move and apply, one after the other. The\n"
    "weights before are kept for that, up to 256 MiB of them.",
    "undo",
    "",
    run_undo};
  return result;
}

} // namespace ganglion::cli
