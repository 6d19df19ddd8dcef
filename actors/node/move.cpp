// How neurons move: new groups fetch their parameters from those that hold
// them, wherever they are; then a group whose neurons stay is told of its new
// surroundings, and all others end.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/node/node_state.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/messages/checks.hpp"

namespace ganglion {

namespace {

/// Another kind of optimizer has no use for the state of the one before, and
/// starts anew.
void drop_useless_state(parameter_slice& x, const deploy& now,
                        const deploy& next) {
  if (next.training.optimizer.kind != now.training.optimizer.kind)
    x.state.clear();
}

} // namespace

caf::error node_state::check_move(const prepare_move& x) const {
  if (!current->complete || current->what->epoch + 1 != x.epoch
      || current->coming)
    return make_failure(errc::not_found,
                        {fmt::format("node '{}' has another placement than the "
                                     "engine thinks, or moves neurons already",
                                     info.name),
                         {},
                         {},
                         {info.name}});
  const auto& now = *current->what;
  if (auto err = check(now.net, now.cluster, x.where))
    return err;
  auto next = now;
  next.where = x.where;
  return check_room(next, current->setup.self);
}

caf::result<move_prepared> node_state::serve(prepare_move& x) {
  auto promise = self->make_response_promise();
  if (auto err = check_move(x)) {
    promise.deliver(std::move(err));
    return promise;
  }
  auto what = std::make_shared<deploy>(*current->what);
  what->epoch = x.epoch;
  what->where = std::move(x.where);
  what->training = x.training;
  auto made = arrange(current->setup, peers, std::move(what), &*current);
  if (!made) {
    promise.deliver(std::move(made.error()));
    return promise;
  }
  current->coming = std::move(*made);
  current->prepared = false;
  move_next(x, ++current->move,
            std::make_shared<std::vector<transfer>>(transfers()), promise);
  return promise;
}

std::vector<node_state::transfer> node_state::transfers() const {
  std::vector<transfer> result;
  const auto& net = current->what->net;
  for (const auto& to : current->coming->routes->local_groups()) {
    if (kept_group(&*current, *current->coming->what, to.range))
      continue;
    auto most = neurons_per_slice(net, *net.layer_of(to.range.first));
    auto left = to.range;
    while (!left.empty()) {
      auto from = *current->routes->find(left.first);
      auto piece = intersection(from.range, left);
      piece.count = std::min(most, piece.count);
      result.push_back({piece, from.handle, to.handle});
      left = range_between(piece.end(), left.end());
    }
  }
  return result;
}

bool node_state::moves(run_id run, std::uint64_t move) const {
  return current && current->what->run == run && current->coming
         && current->move == move;
}

/// Whoever waits for the move decides how long a piece may take.
void node_state::move_next(const prepare_move& x, std::uint64_t move,
                           std::shared_ptr<std::vector<transfer>> left,
                           caf::response_promise promise) {
  if (!moves(x.run, move))
    return promise.deliver(
      make_failure(errc::cancelled, "the move was dropped, or the run ended"));
  if (left->empty()) {
    current->prepared = true;
    return promise.deliver(
      move_prepared{info.name, current->coming->routes->local_group_count()});
  }
  auto next = std::move(left->back());
  left->pop_back();
  auto fail = [=, this, run = x.run](const caf::error& why) mutable {
    if (moves(run, move))
      drop_coming();
    promise.deliver(why);
  };
  auto moved = [=, this](const stored&) {
    if (moves(x.run, move))
      current->coming->context->work->add();
    move_next(x, move, left, promise);
  };
  auto fetched = [=, this](parameter_slice& y) {
    if (!moves(x.run, move))
      return move_next(x, move, left, promise);
    drop_useless_state(y, *current->what, *current->coming->what);
    request_from(self, next.to, caf::infinite, store{std::move(y)})
      .then(moved, fail);
  };
  request_from(self, next.from, caf::infinite, fetch{x.run, x.step, next.range})
    .then(fetched, fail);
}

void node_state::drop_coming() {
  if (current->coming)
    end_actors(self, *current->coming, &*current);
  current->coming.reset();
}

caf::result<move_settled> node_state::serve(settle_move& x) {
  if (!x.take) {
    drop_coming();
    return move_settled{info.name};
  }
  if (!current->coming || !current->prepared
      || current->coming->what->epoch != x.epoch)
    return make_failure(
      errc::not_found,
      {fmt::format("node '{}' has prepared no such move", info.name),
       {},
       {},
       {info.name}});
  auto next = std::move(*current->coming);
  current->coming.reset();
  end_actors(self, *current, &next);
  static_cast<arrangement&>(*current) = std::move(next);
  current->done.clear();
  start_actors(current->setup, *current);
  peers.attach_run({current->what, current->routes, {}, current->metrics},
                   current->what->cluster, current->setup.engine.id(), false);
  // It counts the neurons that lived here before.
  if (storage)
    send_to(self, storage, close_local{current->what->run});
  return move_settled{info.name};
}

} // namespace ganglion
