// How a group's parameters are kept and replaced.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/group.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

void group_state::keep() {
  // Before anything of the next step touches them. Copies, so that training
  // goes on while they are written.
  if (config.storage)
    send_to(self, config.storage,
            snapshot{config.context->run, step + 1, config.layer, config.range,
                     math->parameters(config.range),
                     math->state(config.range)});
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
  auto arrays = math->state(slice.range).size();
  if (state.empty()) // weights alone, of another program: as at the start
    state.assign(arrays,
                 matrix{slice.range.count, slice.weights.columns()}.freeze());
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
