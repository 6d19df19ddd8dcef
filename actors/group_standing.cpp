// What a group does where its layer stands, or reads through one that does.
#include <utility>

#include "actors/group.hpp"
#include "metadata/caf_compat.hpp"

namespace ganglion {

/// Whoever asks does so with the network at rest.
void group_state::on_yield(const yield_rows& x) {
  if (x.run != around->context->run)
    return;
  if (!stands)
    stands = std::make_unique<standing>();
  stands->revision = x.revision;
  yield_row();
}

void group_state::yield_row() {
  activation result;
  auto& head = result.head;
  head.run = around->context->run;
  head.epoch = around->context->epoch;
  head.mode = pass_mode::stand;
  head.step = step;
  head.sequence = stands ? stands->revision : 0;
  head.batch = 1;
  head.rows = 1;
  head.layer = around->layer;
  head.range = own;
  result.values = math->forward({}).outputs;
  send_to_each(self, around->routes->consumers_of(around->layer, own),
               std::move(result));
}

void group_state::on_row(const activation& x) {
  if (!stands)
    stands = std::make_unique<standing>();
  *stands = {x.head.sequence, x.head.step, x.values};
  forward_ready();
}

/// Its way back is all that it has of a micro-batch: the first piece of the
/// gradient begins it.
group_state::flow_position group_state::begin_standing(const header& head,
                                                       flow_position at) {
  auto there = at != flows.end() && at->head.sequence == head.sequence;
  if (there || forwarded.contains(head.sequence)
      || head.mode != pass_mode::train || head.step != step)
    return at;
  at = flows.emplace(at);
  at->head = head;
  at->head.layer = around->layer;
  at->head.range = own;
  at->forwarded = true;
  at->done = math->forward({});
  forwarded.add(head.sequence);
  return at;
}

} // namespace ganglion
