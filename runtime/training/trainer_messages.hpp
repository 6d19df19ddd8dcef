// What a program asks of a trainer, and what a trainer tells: the messages of
// its typed actor interface, and their block of CAF type IDs, which follows
// that of metadata/messages/messages.hpp. Plain values; a data set shares its
// tensors.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/error.hpp>
#include <caf/type_id.hpp>

#include "metadata/fields.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/data/dataset.hpp"
#include "runtime/training/step_keeper.hpp"

namespace ganglion {

/// What becomes of a training whose loss or weights are not finite any more.
enum class on_nan : std::uint8_t {
  /// It ends with the error `diverged`; nothing that is not finite is kept.
  stop,
  /// Nothing.
  go_on,
};

struct trainer_options {
  /// Times through the data.
  std::uint32_t epochs = 1;
  /// Samples per step; the last step of an epoch takes what is left.
  std::uint64_t batch = 128;
  /// Of the shuffles: the same seed gives the same order of samples.
  std::uint64_t seed = 1;
  /// Stops after so many steps; 0: after the epochs.
  std::uint64_t steps = 0;
  /// Where to go on, in the same data, with the same seed and batch.
  train_position begin;
  /// Null: no step is kept.
  std::shared_ptr<step_keeper> keeper;
  on_nan when_it_diverges = on_nan::stop;
  /// Is sent `epoch_ended` after each epoch, and decides how to go on; null:
  /// the training goes on at once. Where steps are kept, the last of each epoch
  /// is, then.
  caf::actor after_epoch;
  /// Asks it after each so many steps, too, and after the last one; 0: not.
  std::uint64_t judge_every = 0;
};

/// How far a training is.
struct progress {
  /// Counted from 1.
  std::uint32_t epoch = 0;
  /// Updates done, and when the training will end.
  std::uint64_t step = 0;
  std::uint64_t steps = 0;
  /// Mean over the epoch's samples so far.
  double loss = 0;
  /// Share of the epoch's samples so far whose largest output was their class,
  /// each asked before its own step's update; NaN of a regression.
  double accuracy = 0;
  /// Since the start of the training.
  double samples_per_second = 0;
  /// Mean over the samples of the step that was done last.
  double step_loss = 0;
  /// Until the end, at the speed so far.
  double seconds_left = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"epoch", self.epoch}, field{"step", self.step},
                 field{"steps", self.steps}, field{"loss", self.loss},
                 field{"accuracy", self.accuracy},
                 field{"samples_per_second", self.samples_per_second},
                 field{"step_loss", self.step_loss},
                 field{"seconds_left", self.seconds_left});
  }
};

/// To trainer_options::after_epoch: an epoch is over, and nothing flows until
/// this is answered by `epoch_decision`, so that the engine may be asked
/// anything. An error ends the training with it.
struct epoch_ended {
  progress last;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"last", self.last});
  }
};

struct epoch_decision {
  /// The training is over, as if all steps were done.
  bool stop = false;
  /// From now on, instead of the one so far (a schedule multiplies it as
  /// before); 0: as before.
  float learning_rate = 0;
  /// Mean loss over samples that are not learned from, which is kept with the
  /// weights; NaN where that was not asked about.
  double validation = std::numeric_limits<double>::quiet_NaN();

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"stop", self.stop},
                 field{"learning_rate", self.learning_rate},
                 field{"validation", self.validation});
  }
};

/// Trains with all of a data set. Answered by the last `progress`, when the
/// training is over. Errors: busy where the trainer trains already; bad_data or
/// bad_argument where network, data and batch do not fit; cancelled; diverged,
/// naming step, neurons, layers and nodes; those of the engine and of the
/// keeper. Stays within the process.
struct start_training {
  dataset data;
  trainer_options options;
};

/// Has an actor told of every training of this trainer from now on: `progress`
/// after every so many steps and after the last one, then `training_ended`. The
/// trainer does not keep the actor alive, and forgets it when it is gone. An
/// actor that subscribes again replaces its subscription.
struct subscribe_progress {
  caf::actor who;
  /// Steps from one `progress` to the next.
  std::uint64_t every = 1;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"who", self.who}, field{"every", self.every});
  }
};

/// Ends the training that goes on, if there is one: it is answered with the
/// error `cancelled`. Where steps are kept, one more is trained, and is kept.
/// What was trained so far stays in the network.
struct cancel_training {
  template <class Self, class Visit>
  static decltype(auto) fields(Self&, Visit&& visit) {
    return visit();
  }
};

/// To itself, when its keeper has room for another step.
struct keeper_has_room {
  /// Which of the trainer's trainings.
  std::uint64_t run = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run});
  }
};

/// To subscribers: a training is over.
struct training_ended {
  progress last;
  /// None where all steps were done.
  caf::error why;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"last", self.last}, field{"why", self.why});
  }
};

} // namespace ganglion

CAF_BEGIN_TYPE_ID_BLOCK(ganglion_runtime, caf::id_block::ganglion::end)

  CAF_ADD_TYPE_ID(ganglion_runtime, (ganglion::progress))
  CAF_ADD_TYPE_ID(ganglion_runtime, (ganglion::start_training))
  CAF_ADD_TYPE_ID(ganglion_runtime, (ganglion::subscribe_progress))
  CAF_ADD_TYPE_ID(ganglion_runtime, (ganglion::cancel_training))
  CAF_ADD_TYPE_ID(ganglion_runtime, (ganglion::training_ended))
  CAF_ADD_TYPE_ID(ganglion_runtime, (ganglion::keeper_has_room))
  CAF_ADD_TYPE_ID(ganglion_runtime, (ganglion::epoch_ended))
  CAF_ADD_TYPE_ID(ganglion_runtime, (ganglion::epoch_decision))

CAF_END_TYPE_ID_BLOCK(ganglion_runtime)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ganglion::start_training)
