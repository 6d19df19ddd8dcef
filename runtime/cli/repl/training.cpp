// train: steps on a living network, which can be stopped and gone on with.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include <fmt/format.h>

#include "metadata/training/losses.hpp"
#include "metadata/training/optimizers.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/repl/training_line.hpp"
#include "runtime/cli/repl/training_wish.hpp"
#include "runtime/cli/repl/verbs.hpp"
#include "runtime/data/load_data.hpp"
#include "runtime/training/evaluate.hpp"
#include "runtime/training/schedule.hpp"

namespace ganglion::cli {

namespace {

/// Goes on in the same data, or begins with others.
caf::error find_data(workspace& w, const training_wish& x) {
  auto& at = w.position;
  auto same = at && at->name == x.data && at->seed == x.training.seed
              && at->table == x.table;
  data_position next;
  if (same) {
    next = *at;
  } else {
    auto data = load_data(x.data, x.training.seed, {x.table, std::nullopt});
    if (!data)
      return data.error();
    for (const auto& note : data->train.notes)
      fmt::print("{}: {}\n", data->train.name, note);
    next = {x.data, std::move(*data), 0, x.training.seed, {}, x.table};
  }
  auto all = next.data.train.size();
  auto batch = x.batch > 0 ? x.batch
                           : std::min<std::uint64_t>(usual_batch, all);
  if (!same)
    batch = std::min<std::uint64_t>(batch, std::max<std::size_t>(all, 1));
  if (auto err = check_fits(*w.net, next.data.train, batch))
    return err;
  if (next.batch != batch)
    next.at = {};
  next.batch = batch;
  at = std::move(next);
  return {};
}

trainer_options options_for(const data_position& x, const training_wish& y) {
  trainer_options result;
  auto per_epoch = updates_per_epoch(x.data.train.size(), x.batch);
  result.batch = x.batch;
  result.seed = x.seed;
  result.begin = {0, x.at.epoch, x.at.samples};
  // An epoch that was interrupted is ended first.
  auto done = x.at.samples / x.batch;
  result.steps = y.steps ? y.amount : y.amount * per_epoch - done;
  return result;
}

/// Updates that the weights have seen.
caf::expected<std::uint64_t> steps_of(session& on) {
  auto digests = on.ask<weight_digests>(get_digests{});
  if (!digests)
    return digests.error();
  return digests->step;
}

/// From here on: every training at the prompt has a schedule of its own.
rate_schedule schedule_of(const training_wish& x, const data_position& at,
                          std::uint64_t done, std::uint64_t steps) {
  auto per_epoch = updates_per_epoch(at.data.train.size(), at.batch);
  auto result = schedule_for(x.schedule, x.warmup, per_epoch, steps);
  if (result != rate_schedule{})
    result.begin = done;
  return result;
}

void advance(data_position& x, std::uint64_t steps) {
  auto per_epoch = updates_per_epoch(x.data.train.size(), x.batch);
  auto in_epoch = x.at.samples / x.batch + steps;
  x.at.epoch += in_epoch / per_epoch;
  x.at.samples = in_epoch % per_epoch * x.batch;
  x.at.steps += steps;
}

caf::error tell(workspace& w, const progress& last, std::uint64_t steps,
                double seconds) {
  const auto& data = w.position->data;
  auto accuracy = accuracy_text(last);
  fmt::print("{} step{} in {:.1f} s: loss {:.4f}{}\n", steps,
             steps == 1 ? "" : "s", seconds, last.loss,
             accuracy.empty() ? "" : accuracy + " of the epoch's samples");
  if (!data.test)
    return {};
  auto result = evaluate(w.on->self(), w.on->engine(), *data.test);
  if (!result)
    return result.error();
  if (result->accuracy)
    fmt::print("accuracy {:.1f} % of the {} test samples\n",
               100 * *result->accuracy, data.test->size());
  else
    fmt::print("{} of the {} test samples\n", to_text(*result),
               data.test->size());
  return {};
}

/// Neurons stay where they are.
caf::error train_as(session& on, const training_options& training) {
  if (training == on.training())
    return {};
  auto done = on.rearrange(on.where(), training);
  return done ? caf::error{} : done.error();
}

/// Trains, and remembers what was done: it can be taken back.
caf::error run_steps(workspace& w, trainer_options options,
                     const training_options& training, std::uint64_t before,
                     undoable past) {
  training_line line{w.terminal};
  std::uint64_t told = 0;
  auto last = train(*w.on, w.position->data.train, options,
                    [&](const progress& x) {
                      line.show(x, ++told, options.steps);
                      w.losses.add(x.step, x.step_loss);
                      return !w.stop.requested();
                    });
  line.clear();
  remember(w, std::move(past));
  if (!last && last.error() != errc::cancelled)
    return last.error();
  // Where it was stopped, some steps were on their way already.
  auto after = steps_of(*w.on);
  if (!after)
    return after.error();
  auto steps = *after - before;
  options.steps = steps;
  if (steps > 0)
    w.deeds.emplace_back(
      trained_steps{w.position->data.train, options, training});
  advance(*w.position, steps);
  if (last)
    return tell(w, *last, steps, line.seconds());
  return make_failure(
    errc::cancelled, fmt::format("stopped after {} steps: 'train' goes on from "
                                 "here",
                                 steps));
}

caf::error run_train(workspace& w, const words& args) {
  if (args.empty() && !w.position)
    return usage_of("train");
  if (auto err = w.need_deployment())
    return err;
  if (auto err = check_trainable(*w.net))
    return err;
  auto wanted = wish_from(w, args);
  if (!wanted)
    return wanted.error();
  auto past = before_change(w, args.empty() ? "train" : "train " + joined(args),
                            all_with_weights(*w.net));
  if (!past)
    return past.error();
  if (auto err = find_data(w, *wanted))
    return err;
  if (w.position->data.train.values > 0)
    wanted->training.loss = loss_for_values(wanted->training.loss);
  auto before = steps_of(*w.on);
  if (!before)
    return before.error();
  auto options = options_for(*w.position, *wanted);
  wanted->training.schedule = schedule_of(*wanted, *w.position, *before,
                                          options.steps);
  if (auto err = train_as(*w.on, wanted->training))
    return err;
  return run_steps(w, std::move(options), wanted->training, *before,
                   std::move(*past));
}

} // namespace

const verb& train_verb() {
  static constexpr verb result{
    "",
    "train",
    "[N epochs|steps] DATA [OPTION VALUE]...",
    "Train; Ctrl-C stops it",
    "DATA: FILE.csv (label last), generate:150x4x3 (samples, features,\n"
    "classes), fashion-mnist, a folder of IDX files; left out: the last.\n"
    "Options, which stay until changed: batch N, optimizer, one "
    "of\n" GANGLION_OPTIMIZER_WORDS "with lr (or rate) X,\n"
    "momentum X, decay X, decay-biases yes|no, clip NORM, seed N, loss, one "
    "of\n" GANGLION_LOSS_WORDS
    "(the first two are usual, for values and classes).\n"
    "For this training: schedule step=EPOCHS,FACTOR|cosine|linear, warmup\n"
    "STEPS. Of a table: label C,\n"
    "targets C,..., header yes|no, missing drop|mean, scale standard|minmax.\n"
    "Data go on where the last training with the same data, batch and seed\n"
    "ended.",
    "train 10 epochs generate:150x4x3 batch 16",
    "epochs steps batch optimizer lr rate momentum decay decay-biases clip "
    "loss seed schedule warmup constant cosine linear generate: "
    "fashion-mnist " GANGLION_OPTIMIZER_WORDS GANGLION_LOSS_WORDS
    "label targets "
    "header "
    "missing scale",
    run_train};
  return result;
}

} // namespace ganglion::cli
