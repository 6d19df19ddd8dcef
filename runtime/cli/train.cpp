// ganglion train: train a network over nodes and say how well it does.
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/sha256.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/model.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/cli/training_view.hpp"
#include "runtime/training/evaluate.hpp"
#include "runtime/training/training.hpp"
#include "runtime/weights_file.hpp"
#include "runtime/writable_file.hpp"

namespace ganglion::cli {

namespace {

struct train_text {
  training_text training;
  model_text model;
  std::string load;
  std::string save;
  view_text view;
  bool json = false;
};

struct train_result {
  progress last;
  std::optional<double> train_accuracy;
  std::optional<double> test_accuracy;
  std::optional<double> validation_accuracy;
  traffic_summary traffic;
  std::string weights_sha256;
  /// Of the model; empty where there is none.
  std::string commit;
};

caf::error evaluate_into(session& on, const std::optional<dataset>& data,
                         std::optional<double>& out) {
  if (!data)
    return {};
  auto result = evaluate(on.self(), on.engine(), *data);
  if (!result)
    return result.error();
  out = result->accuracy;
  return {};
}

caf::error evaluate_all(session& on, const dataset_bundle& data,
                        train_result& out) {
  if (auto err = evaluate_into(on, data.train, out.train_accuracy))
    return err;
  if (auto err = evaluate_into(on, data.test, out.test_accuracy))
    return err;
  return evaluate_into(on, data.validation, out.validation_accuracy);
}

/// What the network is like after its training.
caf::expected<train_result> measure(session& on, const dataset_bundle& data) {
  train_result result;
  auto traffic = on.ask<traffic_summary>(get_traffic{});
  if (!traffic)
    return traffic.error();
  result.traffic = std::move(*traffic);
  auto digests = on.ask<weight_digests>(get_digests{});
  if (!digests)
    return digests.error();
  auto hash = sha256(std::as_bytes(std::span{digests->weights}));
  result.weights_sha256 = to_hex(hash);
  if (auto err = evaluate_all(on, data, result))
    return err;
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
  auto last = train(on, setup.data.train, setup.trainer,
                    [&](const progress& x) {
                      (*view)->show(x);
                      return !stop.requested();
                    });
  (*view)->finish();
  if (auto err = model ? model->finish() : caf::error{})
    return err;
  if (!last) {
    if (model && !model->newest().empty())
      print_aside(fmt::format("commit {} is whole: go on from it with "
                              "'ganglion train --model {} --resume'",
                              model->newest(), text.model.dir));
    return last.error();
  }
  if (auto err = (*view)->plot(text.json))
    return err;
  auto result = measure(on, setup.data);
  if (!result)
    return result.error();
  result->commit = model ? model->newest() : "";
  result->last = *last;
  return result;
}

nlohmann::json number(const std::optional<double>& x) {
  return x ? nlohmann::json(*x) : nlohmann::json(nullptr);
}

void print_json(const session& on, const train_result& x) {
  nlohmann::json out;
  out["placement"] = placement_json(on.net(), on.where());
  out["loss"] = x.last.loss;
  out["steps"] = x.last.step;
  out["train_accuracy"] = number(x.train_accuracy);
  out["test_accuracy"] = number(x.test_accuracy);
  out["validation_accuracy"] = number(x.validation_accuracy);
  out["samples_per_second"] = x.last.samples_per_second;
  out["bytes_between_nodes"] = x.traffic.between_nodes;
  out["bytes_engine"] = x.traffic.engine;
  out["weights_sha256"] = x.weights_sha256;
  if (!x.commit.empty())
    out["commit"] = x.commit;
  auto links = nlohmann::json::array();
  for (const auto& y : x.traffic.links)
    links.push_back({{"from", y.from}, {"to", y.to}, {"bytes", y.bytes}});
  out["links"] = links;
  fmt::print("{}\n", json_text(out, 2));
}

void print_text(const train_result& x) {
  auto show = [](auto what, const std::optional<double>& value) {
    if (value)
      fmt::print("{:<20} {:.2f} %\n", what, 100 * *value);
  };
  fmt::print("{:<20} {:.4f}\n", "loss", x.last.loss);
  show("train accuracy", x.train_accuracy);
  show("validation accuracy", x.validation_accuracy);
  show("test accuracy", x.test_accuracy);
  fmt::print("{:<20} {} samples/s\n", "speed",
             count_text(x.last.samples_per_second));
  fmt::print("{:<20} {} between nodes, {} to and from the engine\n", "traffic",
             bytes_text(static_cast<double>(x.traffic.between_nodes)),
             bytes_text(static_cast<double>(x.traffic.engine)));
  fmt::print("sha256 of weights\n  {}\n", x.weights_sha256);
  if (!x.commit.empty())
    fmt::print("{:<20} {}\n", "commit", x.commit);
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
  if (!text.save.empty())
    if (auto err = check_writable(text.save))
      return err;
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
    .add_flag("--take-over", out.take_over,
              "Although another training, which hangs, has the model")
    ->needs(resume);
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
