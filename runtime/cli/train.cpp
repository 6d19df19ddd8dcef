// ganglion train: train a network over nodes and say how well it does.
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/model.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/cli/showing/train_result.hpp"
#include "runtime/cli/showing/training_view.hpp"
#include "runtime/hosting/weights_file.hpp"
#include "runtime/model_store/files/writable_file.hpp"
#include "runtime/training/training.hpp"

namespace ganglion::cli {

namespace {

struct train_text {
  training_text training;
  model_text model;
  std::string load;
  std::string save;
  std::uint32_t patience = 0;
  view_text view;
  bool json = false;
};

/// What is there of a training that was interrupted, or has diverged, is drawn
/// and saved as it would have been at the end: but no weights that are useless.
void keep_unfinished(session& on, const train_text& text,
                     const training_view& view, const caf::error& why) {
  if (why != errc::cancelled && why != errc::diverged)
    return;
  if (auto err = view.plot(text.json))
    print_aside("ganglion: " + explain(err));
  if (text.save.empty() || why == errc::diverged)
    return;
  if (auto err = save_weights(on, text.save))
    print_aside("ganglion: " + explain(err));
  else
    print_aside(fmt::format("the weights so far are in {}", text.save));
}

epoch_observer judged_by(validator& judge, training_view& view) {
  return [&](const progress& x) -> caf::expected<epoch_decision> {
    auto score = judge.judge(x);
    if (!score)
      return score.error();
    view.judged(*score);
    epoch_decision result;
    result.stop = score->stop;
    result.validation = score->validation.loss.value_or(result.validation);
    return result;
  };
}

/// Why a training ended early, or had nothing to do.
void tell_end(const training_setup& setup, const train_text& text,
              const validator* judge, const progress& last) {
  if (judge && text.patience > 0 && last.step < last.steps
      && !is_quiet(text.training.log_level))
    print_aside(fmt::format("stopped after epoch {}: no epoch since {} has a "
                            "smaller validation loss",
                            last.epoch, judge->best_epoch()));
  if (last.step > 0 && last.step == setup.trainer.begin.steps)
    print_aside(
      setup.trainer.steps > 0
        ? fmt::format("nothing was left to do: the model has had its {} steps; "
                      "give a larger --steps to go on",
                      last.step)
        : fmt::format("nothing was left to do: the model has had its {} epochs "
                      "of {}; give a larger --epochs to go on",
                      setup.trainer.epochs, setup.data.train.name));
}

/// What is there for who goes on after a training that failed.
void keep_what_is_there(session& on, const train_text& text,
                        const training_view& view, const training_model* model,
                        const caf::error& why) {
  if (model && !model->newest().empty())
    print_aside(fmt::format("commit {} is whole: go on from it with "
                            "'ganglion train --model {} --resume'",
                            model->newest(), text.model.dir));
  keep_unfinished(on, text, view, why);
}

/// What the network is like now, and what is known of how it became so.
caf::expected<train_result>
measure_trained(session& on, const training_setup& setup, const progress& last,
                const training_view& view, const training_model* model,
                const validator* judge) {
  auto result = measure(on, setup.data);
  if (!result)
    return result.error();
  result->commit = model ? model->newest() : "";
  result->best_commit = model ? model->best() : "";
  result->epochs = view.epochs();
  if (judge) {
    result->best_epoch = judge->best_epoch();
    result->best_loss = judge->best_loss();
  }
  result->last = last;
  result->trained = last.step > setup.trainer.begin.steps;
  return result;
}

caf::expected<train_result> train_and_measure(session& on,
                                              const training_setup& setup,
                                              const train_text& text,
                                              training_model* model,
                                              const stop_signal& stop) {
  auto view = training_view::begin(on, text.view,
                                   is_quiet(text.training.log_level));
  if (!view)
    return view.error();
  std::optional<validator> judge;
  if (setup.data.validation)
    judge.emplace(on, *setup.data.validation, text.patience);
  auto last = train(
    on, setup.data.train, setup.trainer,
    [&](const progress& x) {
      (*view)->show(x);
      return !stop.requested();
    },
    judge ? judged_by(*judge, **view) : epoch_observer{});
  (*view)->finish();
  auto unkept = model ? model->finish() : caf::error{};
  // That the last weights could not be kept follows from it.
  auto diverged = !last && last.error() == errc::diverged;
  if (unkept && !diverged)
    return unkept;
  if (!last) {
    keep_what_is_there(on, text, **view, model, last.error());
    return last.error();
  }
  if (auto err = (*view)->plot(text.json))
    return err;
  auto judged = judge ? &*judge : nullptr;
  tell_end(setup, text, judged, *last);
  return measure_trained(on, setup, *last, **view, model, judged);
}

caf::error run_on(session& on, training_setup& setup, const train_text& text,
                  training_model* model, const stop_signal& stop) {
  if (!text.load.empty())
    if (auto err = load_weights(on, text.load))
      return err;
  if (model)
    if (auto err = model->begin(on, setup))
      return err;
  if (!text.json)
    fmt::print("placement\n{}", placement_text_of(on.net(), on.where()));
  std::fflush(stdout);
  auto result = train_and_measure(on, setup, text, model, stop);
  if (!result)
    return result.error();
  if (!text.save.empty())
    if (auto err = save_weights(on, text.save))
      return err;
  if (text.json)
    print_json(on, *result);
  else
    print_text(*result);
  return {};
}

caf::error run_train(train_text text, const given_options& given,
                     const stop_signal& stop) {
  if (!text.save.empty()) {
    if (auto err = check_save_name(text.save))
      return err;
    if (auto err = check_writable(text.save))
      return err;
  }
  if (auto err = check(text.view))
    return err;
  std::unique_ptr<session> on;
  // Ends before the session, which its commits use.
  std::unique_ptr<training_model> model;
  if (!text.model.dir.empty()) {
    auto opened = training_model::open(text.model, text.training, given);
    if (!opened)
      return opened.error();
    model = std::move(*opened);
  }
  auto setup = prepare(text.training, "train");
  if (!setup)
    return setup.error();
  if (model)
    if (auto err = model->prepare(*setup))
      return err;
  auto opened = session::open(setup->session);
  if (!opened)
    return opened.error();
  on = std::move(*opened);
  return run_on(*on, *setup, text, model.get(), stop);
}

void add_model_options(CLI::App& app, model_text& out) {
  auto model = app.add_option("--model", out.dir,
                              "Commit to the model in DIR, which is made");
  app
    .add_option("--commit-every", out.commit_every,
                "N steps, or seconds with an s (default: each epoch); the last "
                "step always is committed")
    ->needs(model);
  auto resume = app
                  .add_flag("--resume", out.resume,
                            "Go on from the newest commit of the model, with "
                            "its network, data and training")
                  ->needs(model);
  app
    .add_option("--keep", out.keep,
                "Keep the newest N commits, and from the best by validation on "
                "(default: all)")
    ->needs(model);
  app
    .add_flag("--take-over", out.take_over,
              "Although another training, which hangs, has the model")
    ->needs(resume);
}

/// When a training ends before it has had its epochs.
void add_end_options(CLI::App& app, train_text& out) {
  app
    .add_option("--steps", out.training.steps,
                "Train for so many steps instead of --epochs")
    ->excludes("--epochs");
  app.add_option("--validate-every", out.training.validate_every,
                 "Judge after every N steps, too, and after the last one "
                 "(default: after each epoch)");
  app
    .add_option("--on-nan", out.training.on_nan,
                "Where loss or weights are not finite any more")
    ->check(CLI::IsMember({"stop", "continue"}))
    ->capture_default_str();
  app
    .add_option("--patience", out.patience,
                "Stop after N epochs in a row without a smaller validation "
                "loss (default: never)")
    ->needs("--validation");
}

/// A model that is resumed knows its network and its data.
void check_required(const train_text& text) {
  for (auto [name, value] :
       {std::pair{"--network", &text.training.placement.network},
        std::pair{"--data", &text.training.data}})
    if (value->empty() && !text.model.resume)
      throw CLI::RequiredError{name};
}

} // namespace

void add_train(CLI::App& app, chosen& out) {
  auto text = std::make_shared<train_text>();
  auto command = app.add_subcommand("train", "Train a network over nodes");
  add_training_options(*command, text->training);
  command->get_option("--network")->required(false);
  command->get_option("--data")->required(false);
  add_model_options(*command, text->model);
  command
    ->add_option("--load", text->load,
                 "Start from the weights in FILE, as --save wrote it")
    ->excludes("--resume");
  add_end_options(*command, *text);
  command->add_option("--save", text->save,
                      "Write network and weights to FILE");
  add_view_options(*command, text->view);
  command->add_flag("--json", text->json, "Print the result as JSON");
  command->footer(
    "Example: ganglion train --network mlp:784-256-128-10 --data fashion-mnist "
    "\\\n           --nodes local:3 --by percentage=50,30,20 --epochs 5 "
    "--model my-model");
  command->callback([&out, command, text] {
    check_required(*text);
    given_options given = [command](const char* option) {
      return command->count(option) > 0;
    };
    out.run = [text, given](const stop_signal& stop) {
      return run_train(*text, given, stop);
    };
  });
}

} // namespace ganglion::cli
