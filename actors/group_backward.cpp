// How a group goes back through a micro-batch, and learns from it.
#include <utility>

#include "actors/group.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/network/blocks.hpp"

namespace ganglion {

void group_state::backward(flow& x) {
  const auto& context = *around->context;
  watch.begin(x.head, x.done.outputs.rows());
  auto total = x.gradient.sum(expected(),
                              {0, leaf_count(context.net, around->layer), {}});
  if (narrowed)
    total = plus_zeros(total);
  math->backward(x.done, total);
  const auto& inputs = context.net.at(around->layer).inputs;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!context.net.is_given(inputs[i]))
      send_back(x.head, i);
  watch.lap(activity::backward, x.head);
  learn(x);
}

void group_state::learn(const flow& x) {
  auto clips = around->context->training.optimizer.clip_norm > 0;
  auto whole = x.head.micro_batches == 1;
  if (whole && !clips)
    math->accumulate_and_update(x.done, step + 1);
  else
    math->accumulate(x.done, x.head.micro_batch == 0);
  auto last = x.head.micro_batch + 1 == x.head.micro_batches;
  if (last && clips)
    return wait_for_scale(x.head);
  if (last && !whole)
    math->block().update(step + 1);
  end_backward(x.head);
}

void group_state::wait_for_scale(const header& head) {
  group_squares result{head, std::vector<double>(own.count)};
  math->block().squared_gradients(result.of_neurons);
  unscaled = std::make_unique<header>(head);
  watch.lap(activity::update, head);
  send_to(self, around->node, std::move(result));
}

void group_state::on_apply(const apply_update& x) {
  if (!unscaled || x.run != around->context->run || x.step != step)
    return;
  auto head = std::move(*std::exchange(unscaled, nullptr));
  watch.begin(head, head.rows);
  if (x.scale != 1)
    math->block().scale_gradients(x.scale);
  math->block().update(step + 1);
  end_backward(head);
}

void group_state::end_backward(const header& head) {
  auto last = head.micro_batch + 1 == head.micro_batches;
  if (last && head.keep)
    keep(step + 1);
  watch.lap(activity::update, head);
  if (last)
    begin_step();
  send_to(self, around->node, flow_done{head, 0});
}

void group_state::send_back(const header& head, std::size_t input) {
  const auto& net = around->context->net;
  auto source = net.at(around->layer).inputs[input];
  auto to = head;
  to.layer = source;
  to.range = net.range_of(source);
  if (net.stands(source))
    to.rows = 1;
  for (const auto& piece : contributions(net, source, {&own, 1})) {
    auto sum = block_sum(input, piece);
    send_to(self, around->relays[input],
            gradient{to, piece, std::move(sum).freeze()});
  }
}

matrix group_state::block_sum(std::size_t input, const tree_node& at) {
  const auto& net = around->context->net;
  if (!at.leaf() && !math->adds_blocks()) {
    auto middle = split_point(at);
    auto result = block_sum(input, {at.first, middle, {}});
    result.add(block_sum(input, {middle, at.last, {}}).freeze());
    return result;
  }
  auto source = net.at(around->layer).inputs[input];
  auto zero = leaf_of(net, source, around->layer, 0);
  auto block = block_range(net, around->layer, at.first - zero);
  block.count *= at.last - at.first;
  return math->input_gradient(input, intersection(own, block));
}

} // namespace ganglion
