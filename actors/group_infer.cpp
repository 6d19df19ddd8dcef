// What a group does besides when it infers: ticks, outputs that are kept, and
// those that the engine is shown.
#include <algorithm>
#include <utility>

#include "actors/group.hpp"
#include "metadata/caf_compat.hpp"

namespace ganglion {

bool group_state::begin_tick(flow& x) {
  const auto& net = around->context->net;
  if (!net.reads_itself(around->layer))
    return false;
  const auto& values = x.done.outputs;
  if (x.head.keep)
    x.ticks.insert(x.ticks.end(), values.data(), values.data() + values.size());
  auto ticks = x.head.ticks > 0 ? x.head.ticks
                                : net.schedule_of(around->layer).ticks;
  if (++x.head.tick >= ticks) {
    // Others take the last tick as they take what any layer answers.
    x.head.tick = 0;
    return false;
  }
  const auto& inputs = net.at(around->layer).inputs;
  auto itself = static_cast<std::size_t>(
    std::find(inputs.begin(), inputs.end(), around->layer) - inputs.begin());
  x.forwarded = false;
  x.inputs = std::move(x.done.inputs);
  x.inputs[itself] = {};
  watch.lap(activity::forward, x.head);
  send_to(self, around->relays[itself], activation{x.head, values});
  watch.lap(activity::send, x.head);
  return true;
}

void group_state::keep_outputs(flow& x) {
  if (!x.head.keep)
    return;
  const auto& values = x.done.outputs;
  auto columns = values.columns();
  kept_outputs = std::make_unique<tensor>(
    x.ticks.empty()
      ? values
      : tensor::copy_of(x.ticks, x.ticks.size() / columns, columns));
}

void group_state::show(const flow& x) {
  const auto& layers = x.head.watch;
  if (std::find(layers.begin(), layers.end(), around->layer) != layers.end())
    send_to(self, around->routes->engine(), outputs{x.head, x.done.outputs});
}

} // namespace ganglion
