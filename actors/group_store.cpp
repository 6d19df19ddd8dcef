// How a group's parameters are fetched, kept and replaced, and how it is asked
// about its outputs and told of new surroundings.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/group.hpp"
#include "actors/kernel/digest.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/values/not_finite.hpp"

namespace ganglion {

namespace {

tensor zeros(std::size_t rows, std::size_t columns) {
  matrix result{rows, columns};
  std::fill_n(result.data(), result.size(), 0.0f);
  return std::move(result).freeze();
}

/// Digests of the rows of several arrays, side by side.
std::vector<std::uint8_t> digests_of(std::span<const tensor> arrays) {
  if (arrays.empty())
    return {};
  auto columns = arrays.front().columns();
  matrix rows{arrays.front().rows(), columns * arrays.size()};
  for (std::size_t i = 0; i < arrays.size(); ++i)
    rows.assign_columns(i * columns, arrays[i]);
  return row_digests(std::move(rows).freeze());
}

} // namespace

caf::error group_state::check_own(run_id run, neuron_range range) const {
  if (run == around->context->run && own.contains(range) && !range.empty())
    return {};
  return make_failure(errc::not_found,
                      {fmt::format("neurons {} are not in group {} of this run",
                                   to_string(range), to_string(own)),
                       {range},
                       {},
                       {}});
}

/// Whoever asks does so with the network at rest: all have done the step.
caf::error group_state::check_step(std::uint64_t wanted,
                                   neuron_range range) const {
  if (wanted == step)
    return {};
  return make_failure(errc::not_found,
                      {fmt::format("neurons {} have no weights of step {}: "
                                   "they are at step {}",
                                   to_string(range), wanted, step),
                       {range},
                       {},
                       {}});
}

caf::result<parameter_slice> group_state::on_fetch(const fetch& x) {
  auto err = check_own(x.run, x.range);
  if (!err)
    err = check_step(x.step, x.range);
  if (err)
    return err;
  return parameter_slice{x.run, step, x.range,
                         math->block().parameters(x.range),
                         math->block().state(x.range)};
}

caf::result<digests> group_state::on_fetch_digests(const fetch_digests& x) {
  auto err = check_own(x.run, x.range);
  if (!err)
    err = check_step(x.step, x.range);
  if (err)
    return err;
  return digests{x.range, row_digests(math->block().parameters(x.range)),
                 digests_of(math->block().state(x.range))};
}

caf::result<not_finite>
group_state::on_fetch_not_finite(const fetch_not_finite& x) {
  auto err = check_own(x.run, x.range);
  if (!err)
    err = check_step(x.step, x.range);
  if (err)
    return err;
  auto arrays = math->block().state(x.range);
  arrays.push_back(math->block().parameters(x.range));
  return not_finite{x.range, not_finite_rows(arrays, x.range)};
}

/// The network is at rest.
void group_state::on_step(const change_step& x) {
  if (x.run == around->context->run)
    step = x.step;
}

void group_state::on_keep(const keep_step& x) {
  if (x.run == around->context->run)
    keep(x.step);
}

/// Of a training, what is not under way any more is through, in order.
caf::result<part_progress> group_state::on_ask(const ask_progress& x) {
  auto i = flow_at(x.sequence);
  auto under_way = i != flows.end() && i->head.sequence == x.sequence;
  auto through = forwarded.contains(x.sequence);
  return part_progress{through, through && !under_way};
}

void group_state::keep(std::uint64_t after) {
  // Before anything of the next step touches them. Copies, so that training
  // goes on while they are written.
  if (around->storage)
    send_to(self, around->storage,
            snapshot{around->context->run, after, around->layer, own,
                     math->block().parameters(own), math->block().state(own)});
}

void group_state::on_surround(surround& x) {
  around = std::move(x.around);
  track = x.track;
  find_pieces();
  watch = stopwatch{*around->metrics, track};
  kept_outputs.reset();
  send_to(self, around->node,
          group_ready{around->context->run, around->context->epoch});
}

caf::result<output_slice>
group_state::on_fetch_outputs(const fetch_outputs& x) {
  if (auto err = check_own(x.run, x.range))
    return err;
  if (!kept_outputs)
    return make_failure(errc::not_found,
                        {fmt::format("neurons {} have kept no outputs: ask for "
                                     "an inference with 'keep' first",
                                     to_string(x.range)),
                         {x.range},
                         {},
                         {}});
  auto values = around->context->net.at(around->layer).values;
  return output_slice{
    x.range, kept_outputs->columns((x.range.first - own.first) * values,
                                   x.range.count * values)};
}

caf::result<stored> group_state::on_store(const store& x) {
  const auto& slice = x.slice;
  if (auto err = check_own(slice.run, slice.range))
    return err;
  auto state = slice.state;
  if (state.empty()) // weights alone: the optimizer is as at the start
    state.assign(state_arrays(around->context->training.optimizer.kind),
                 zeros(slice.range.count, slice.weights.columns()));
  math->block().set_parameters(slice.range, slice.weights);
  math->block().set_state(slice.range, state);
  // The network is at rest, and all of it gets parameters of one step.
  step = slice.step;
  return stored{slice.range};
}

} // namespace ganglion
