// train: steps on a living network, which can be stopped and gone on with.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include <fmt/format.h>

#include "metadata/training/losses.hpp"
#include "metadata/training/optimizers.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/repl/training_line.hpp"
#include "runtime/cli/repl/verbs.hpp"
#include "runtime/data/load_data.hpp"
#include "runtime/training/evaluate.hpp"
#include "runtime/training/schedule.hpp"

namespace ganglion::cli {

namespace {

constexpr std::array<std::string_view, 17> train_options{
  "batch", "optimizer",    "rate",    "lr",       "momentum", "decay",
  "loss",  "decay-biases", "clip",    "schedule", "warmup",   "seed",
  "label", "header",       "targets", "missing",  "scale"};

/// What was typed.
bool is_number(const std::string& x) {
  return x.find_first_not_of("0123456789") == std::string::npos;
}

struct wish {
  schedule_wish schedule;
  std::uint64_t warmup = 0;
  std::uint64_t amount = 1;
  bool steps = false;
  std::string data;
  training_options training;
  std::uint64_t batch = 0;
  table_options table;
};

caf::error take_schedule(const named_values& from, wish& to) {
  std::string text = "constant";
  from.take("schedule", text);
  auto parsed = parse_schedule(text);
  if (!parsed)
    return parsed.error();
  to.schedule = *parsed;
  return from.take("warmup", to.warmup);
}

/// "10 epochs", where it is said, and takes it off.
caf::error take_amount(const workspace& w, std::span<const std::string>& left,
                       wish& to) {
  auto is_unit = [](const std::string& x) {
    return x == "epochs" || x == "epoch" || x == "steps" || x == "step";
  };
  if (left.empty() || !is_number(left[0]))
    return {};
  if (left.size() < 2 || !is_unit(left[1]))
    return expected_instead(fmt::format(
      "train: expected epochs or steps after {}, such as: train {} epochs {}",
      left[0], left[0], w.position ? w.position->name : "FILE.csv"));
  auto amount = to_count(left[0], "train");
  if (!amount)
    return amount.error();
  if (*amount == 0 || *amount > 1'000'000'000)
    return expected_instead("train: expected 1 to 1000000000 epochs or steps");
  to.amount = *amount;
  to.steps = left[1].starts_with("step");
  left = left.subspan(2);
  return {};
}

/// How the data is read. Of the same data, what was said before holds.
caf::error take_table(const workspace& w, const named_values& from, wish& to) {
  table_text table;
  from.take("label", table.label);
  from.take("targets", table.targets);
  from.take("header", table.header);
  from.take("missing", table.missing);
  from.take("scale", table.scale);
  scaling_kind kind{};
  if (!table.scale.empty() && !from_string(table.scale, kind))
    return expected_instead("scale: expected standard, minmax or none");
  auto said = !(table == table_text{});
  auto same = w.position && w.position->name == to.data;
  to.table = same && !said ? w.position->table : table.options(nullptr);
  return {};
}

caf::expected<wish> wish_from(const workspace& w, const words& args) {
  wish result;
  std::span<const std::string> left{args};
  if (auto err = take_amount(w, left, result))
    return err;
  auto is_option = [&](const std::string& x) {
    return std::find(train_options.begin(), train_options.end(), x)
           != train_options.end();
  };
  if (!left.empty() && !is_option(left[0])) {
    result.data = left[0];
    left = left.subspan(1);
  } else if (w.position) {
    result.data = w.position->name;
  } else {
    return usage_of("train");
  }
  auto given = named_values::parse(left, train_options);
  if (!given)
    return given.error();
  result.training = w.on->training();
  result.batch = w.position ? w.position->batch : 0;
  if (auto err = take_training(*given, result.training))
    return err;
  if (auto err = given->take("batch", result.batch))
    return err;
  if (auto err = take_schedule(*given, result))
    return err;
  if (given->has("batch") && result.batch == 0)
    return expected_instead("batch: expected 1 sample or more");
  if (auto err = take_table(w, *given, result))
    return err;
  return result;
}

/// Goes on in the same data, or begins with others.
caf::error find_data(workspace& w, const wish& x) {
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

trainer_options options_for(const data_position& x, const wish& y) {
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
rate_schedule schedule_of(const wish& x, const data_position& at,
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

} // namespace

caf::error take_training(const named_values& from, training_options& to) {
  auto result = to;
  std::string loss{to_string(to.loss)};
  std::string optimizer{to_string(to.optimizer.kind)};
  from.take("loss", loss);
  from.take("optimizer", optimizer);
  auto kind = parse_optimizer(optimizer);
  auto wanted = parse_loss(loss);
  if (!kind || !wanted)
    return kind ? wanted.error() : kind.error();
  result.loss = *wanted;
  if (*kind != to.optimizer.kind || from.has("optimizer")) {
    result.optimizer.learning_rate = usual_rate(*kind);
    result.optimizer.weight_decay = usual_decay(*kind);
  }
  result.optimizer.kind = *kind;
  auto& x = result.optimizer;
  if (from.has("rate") && from.has("lr"))
    return expected_instead("rate and lr are the same: expected one of them");
  for (auto [name, value] :
       {std::pair{"rate", &x.learning_rate}, std::pair{"lr", &x.learning_rate},
        std::pair{"momentum", &x.momentum}, std::pair{"decay", &x.weight_decay},
        std::pair{"clip", &x.clip_norm}})
    if (auto err = from.take(name, *value))
      return err;
  if (auto err = from.take("seed", result.seed))
    return err;
  if (from.has("decay-biases")) {
    std::string answer;
    from.take("decay-biases", answer);
    if (answer != "yes" && answer != "no")
      return expected_instead("decay-biases: expected yes or no");
    x.decay_biases = answer == "yes";
  }
  if (auto err = check(result))
    return err;
  to = result;
  return {};
}

namespace {

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
  if (wanted->training != w.on->training()) {
    auto done = w.on->rearrange(w.on->where(), wanted->training);
    if (!done)
      return done.error();
  }
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
