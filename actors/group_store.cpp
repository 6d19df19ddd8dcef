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
  if (config.storage)
    send_to(self, config.storage,
            snapshot{config.context->run, after, config.layer, config.range,
                     math->parameters(config.range),
                     math->state(config.range)});
}

void group_state::on_rewire(rewire& x) {
  config.context = std::move(x.context);
  config.relays = std::move(x.relays);
  routes = std::move(x.routes);
  watch = stopwatch{std::move(x.metrics), x.track};
  kept_outputs = {};
}

caf::result<output_slice>
group_state::on_fetch_outputs(const fetch_outputs& x) const {
  if (auto err = check_own(x.run, x.range))
    return err;
  if (kept_outputs.empty())
    return make_failure(errc::not_found,
                        {fmt::format("neurons {} have kept no outputs: ask for "
                                     "an inference with 'keep' first",
                                     to_string(x.range)),
                         {x.range},
                         {},
                         {}});
  auto values = config.context->net.at(config.layer).values;
  return output_slice{
    x.range, kept_outputs.columns((x.range.first - config.range.first) * values,
                                  x.range.count * values)};
}

caf::result<stored> group_state::on_store(const store& x) {
  const auto& slice = x.slice;
  if (auto err = check_own(slice.run, slice.range))
    return err;
  auto fits = [&](const tensor& y) {
    return y.rows() == slice.range.count
           && y.columns()
                == config.context->net.parameters_per_neuron(config.layer);
  };
  auto state = slice.state;
  const auto& optimizer = config.context->training.optimizer;
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
