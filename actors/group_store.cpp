// How a group's parameters are kept and replaced, and how it is asked about its
// outputs and told of new surroundings.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/group.hpp"
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

} // namespace

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
