#include "runtime/training/training.hpp"

#include <optional>

#include <caf/actor_cast.hpp>

#include "metadata/caf_compat.hpp"

namespace ganglion {

namespace {

/// The session is told of a rate that was chosen.
caf::result<epoch_decision> decide_after(session& on, const progress& last,
                                         const epoch_observer& after_epoch) {
  auto decision = after_epoch(last);
  if (!decision)
    return decision.error();
  if (decision->learning_rate > 0)
    on.chose_rate(decision->learning_rate);
  return *decision;
}

} // namespace

caf::expected<progress> train(session& on, const dataset& data,
                              const trainer_options& wanted_options,
                              const progress_observer& observer,
                              const epoch_observer& after_epoch) {
  auto& sys = on.self()->system();
  // Its mailbox gets nothing else: the observer may ask with the session's.
  caf::scoped_actor self{sys};
  auto trainer = spawn_trainer(sys, on.engine(), on.net());
  auto options = wanted_options;
  if (after_epoch)
    options.after_epoch = caf::actor_cast<caf::actor>(self);
  post_to(trainer, subscribe_progress{caf::actor_cast<caf::actor>(self)});
  post_to(trainer, start_training{data, options});
  std::optional<training_ended> ended;
  auto wanted = true;
  auto show = [&](const progress& x) {
    if (!wanted || !observer || observer(x))
      return;
    wanted = false;
    post_to(trainer, cancel_training{});
  };
  auto decide = [&](const epoch_ended& x) {
    return decide_after(on, x.last, after_epoch);
  };
  self->receive_while([&] { return !ended; })(
    show, decide, [&](training_ended& x) { ended = std::move(x); });
  caf::anon_send_exit(trainer, caf::exit_reason::user_shutdown);
  if (ended->why)
    return std::move(ended->why);
  return ended->last;
}

} // namespace ganglion
