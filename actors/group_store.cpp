// How a group's parameters are fetched, kept and replaced, and how it is asked
// about its outputs and told of new surroundings.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/group.hpp"
#include "actors/kernel/digest.hpp"
#include "actors/kernel/optimizer.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

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

caf::response_promise group_state::on_fetch(run_id run, std::uint64_t wanted,
                                            neuron_range range,
                                            bool digests_only) {
  auto promise = self->make_response_promise();
  auto err = check_own(run, range);
  if (!err && wanted < step)
    err = make_failure(errc::not_found,
                       fmt::format("the weights of step {} are gone: neurons "
                                   "{} are at step {}",
                                   wanted, to_string(range), step));
  if (err) {
    promise.deliver(std::move(err));
    return promise;
  }
  questions.push_front({wanted, range, promise, digests_only});
  serve_waiting();
  return promise;
}

void group_state::serve_waiting() {
  auto due = [this](const waiting& x) { return x.step <= step; };
  for (auto& x : questions)
    if (due(x))
      serve(x);
  questions.remove_if(due);
}

void group_state::serve(waiting& x) {
  auto weights = math->parameters(x.range);
  auto arrays = math->state(x.range);
  if (x.digests_only)
    x.promise.deliver(
      digests{x.range, row_digests(weights), digests_of(arrays)});
  else
    x.promise.deliver(parameter_slice{around->context->run, step, x.range,
                                      std::move(weights), std::move(arrays)});
}

void group_state::keep(std::uint64_t after) {
  // Before anything of the next step touches them. Copies, so that training
  // goes on while they are written.
  if (around->storage)
    send_to(self, around->storage,
            snapshot{around->context->run, after, around->layer, own,
                     math->parameters(own), math->state(own)});
}

void group_state::on_surround(surround& x) {
  around = std::move(x.around);
  watch = stopwatch{*around->metrics, x.track};
  kept_outputs.reset();
}

caf::result<output_slice>
group_state::on_fetch_outputs(const fetch_outputs& x) const {
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
  auto fits = [&](const tensor& y) {
    return y.rows() == slice.range.count
           && y.columns()
                == around->context->net.parameters_per_neuron(around->layer);
  };
  auto state = slice.state;
  const auto& optimizer = around->context->training.optimizer;
  auto arrays = optimizer_of(optimizer.kind).arrays;
  if (state.empty()) // weights alone: the optimizer is as at the start
    state.assign(arrays, zeros(slice.range.count, slice.weights.columns()));
  if (!fits(slice.weights) || state.size() != arrays
      || !std::all_of(state.begin(), state.end(), fits))
    return make_failure(errc::bad_model,
                        {fmt::format("parameters of neurons {} in a shape that "
                                     "does not fit the network or the "
                                     "optimizer",
                                     to_string(slice.range)),
                         {slice.range},
                         {},
                         {}});
  math->set_parameters(slice.range, slice.weights);
  math->set_state(slice.range, state);
  // The network is at rest, and all of it gets parameters of one step.
  step = slice.step;
  return stored{slice.range};
}

} // namespace ganglion
