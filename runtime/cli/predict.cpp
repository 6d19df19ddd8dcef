// ganglion predict: deploy a model's network, load a commit of it, and ask it
// about a data set; with --follow again for every newer commit. This reads
// network, manifests and placements; shards are read and verified by the nodes
// that hold their neurons, and what they find damaged is skipped here.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/commit_choice.hpp"
#include "runtime/cli/model.hpp"
#include "runtime/cli/predictions.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/data/load_data.hpp"
#include "runtime/model_store/posix_files.hpp"
#include "runtime/training/evaluate.hpp"

namespace ganglion::cli {

namespace {

/// How often --follow looks for a newer commit.
constexpr auto look_interval = std::chrono::seconds{1};

struct predict_text {
  training_text training;
  std::string model;
  std::string commit;
  prediction_format format;
  std::string output;
  bool follow = false;
};

class predictor {
public:
  predictor(const predict_text& text, model_reader reader)
    : text_(text), from_(std::move(reader)) {
    // nop
  }

  caf::error run(const stop_signal& stop) {
    auto first = text_.commit.empty() ? wait_for_first(stop)
                                      : from_.named(text_.commit);
    if (!first)
      return first.error();
    if (auto err = open(first->what))
      return err;
    if (auto err = text_.commit.empty() ? load_newest(std::move(*first))
                                        : load(std::move(*first)))
      return err;
    if (auto err = show())
      return err;
    while (text_.follow && stop.pause(look_interval))
      if (auto err = look())
        return err;
    return {};
  }

private:
  caf::expected<version> wait_for_first(const stop_signal& stop) {
    for (;;) {
      auto result = from_.newest();
      auto wait = text_.follow && !result && result.error() == errc::not_found;
      if (!wait || !stop.pause(look_interval))
        return result;
    }
  }

  caf::error open(const manifest& what) {
    auto training = text_.training;
    auto none = [](const char*) { return false; };
    if (auto err = fill_in(training, none, from_.reader().net(), what))
      return err;
    training.data = text_.training.data;
    training.optimizer = "sgd"; // there is nothing for one to remember
    auto options = prepare_session(training, "predict");
    if (!options)
      return options.error();
    auto data = load_data(training.data, training.seed);
    if (!data)
      return data.error();
    part_ = data->test ? "test" : "train";
    data_ = data->test ? std::move(*data->test) : std::move(data->train);
    if (auto err = check_fits(from_.reader().net(), data_, 1))
      return err;
    auto on = session::open(*options);
    if (!on)
      return on.error();
    on_ = std::move(*on);
    return {};
  }

  /// Has the nodes load it; after an error there is no version.
  caf::error load(version x) {
    model_place place{from_.reader().dir(), from_.reader().network_hash()};
    auto loaded = on_->ask<commit_loaded>(load_commit{place, x.what.id, true});
    version_.reset();
    if (!loaded)
      return loaded.error();
    version_ = std::make_unique<version>(std::move(x));
    return {};
  }

  /// Loads it, or the newest one before it of which the nodes can read all they
  /// need.
  caf::error load_newest(version newest_one) {
    std::optional<version> x{std::move(newest_one)};
    for (int pruned = 0;;) {
      auto id = x->what.id;
      auto err = load(std::move(*x));
      if (!err)
        return {};
      if (err == errc::bad_model)
        from_.skip(id, err);
      else if (err != errc::not_found || !from_.is_gone(id)
               || ++pruned == commit_choice::attempts)
        return err;
      auto next = from_.newest();
      if (!next)
        return next.error();
      x.emplace(std::move(*next));
    }
  }

  caf::error show() {
    const auto& id = version_->what.id;
    auto out = prediction_file::make(text_.output, text_.format);
    if (!out)
      return out.error();
    work_line line{"predicting", is_quiet(text_.training.log_level)};
    auto result = evaluate(on_->self(), on_->engine(), data_,
                           [&](std::size_t first, const tensor& outputs) {
                             (*out)->add(data_, first, outputs);
                             line.show(first + outputs.rows(), data_.size());
                           });
    if (!result)
      return result.error();
    if (auto err = (*out)->finish())
      return err;
    fmt::print(text_.output == "-" ? stderr : stdout,
               "commit {}: step {}, {} accuracy {:.2f} % of {} samples\n",
               to_string(id), id.step, part_, 100 * result->accuracy,
               data_.size());
    std::fflush(stdout);
    return {};
  }

  /// Takes a newer commit, if there is one. Only what is wrong with the nodes
  /// ends this: the version that was shown last goes on being served.
  caf::error look() {
    auto next = from_.newest(version_->what.id);
    if (!next) {
      if (auto text = explain(next.error());
          text != std::exchange(trouble_, text))
        print_aside("ganglion: " + text);
      return {};
    }
    trouble_.clear();
    auto id = next->what.id;
    if (id == version_->what.id || id == failed_)
      return {};
    auto before = std::move(version_);
    if (auto err = load_newest(std::move(*next))) {
      from_.warn_once(id, err);
      failed_ = id;
      return load(std::move(*before));
    }
    return version_->what.id == before->what.id ? caf::error{} : show();
  }

  const predict_text& text_;
  commit_choice from_;
  std::unique_ptr<session> on_;
  dataset data_;
  std::string part_;
  std::unique_ptr<version> version_;
  commit_id failed_;
  /// What kept it from looking the last time.
  std::string trouble_;
};

caf::error run_predict(const predict_text& text, const stop_signal& stop) {
  auto files = make_posix_files();
  auto dir = absolute(text.model);
  if (!dir)
    return dir.error();
  auto reader = model_reader::open(*files, std::move(*dir));
  if (!reader)
    return reader.error();
  return predictor{text, std::move(*reader)}.run(stop);
}

void add_output_options(CLI::App& app, predict_text& out) {
  auto output = app.add_option("--output", out.output,
                               "Write a prediction per sample to FILE, anew "
                               "for every commit; -: standard output");
  app
    .add_option_function<std::string>(
      "--format",
      [&out](const std::string& x) { out.format.json = x == "json"; },
      "csv, or json: an object per line")
    ->check(CLI::IsMember({"csv", "json"}))
    ->needs(output);
  app
    .add_flag("--outputs", out.format.outputs,
              "The network's outputs beside the predictions")
    ->needs(output);
}

void add_node_options(CLI::App& app, training_text& out) {
  app.add_option("--threads", out.threads,
                 "Compute threads per node (default: all cores, shared)");
  app.add_flag("--any-arithmetic", out.any_arithmetic,
               "Allow nodes that compute differently");
  add_log_level(app, out.log_level);
}

} // namespace

void add_predict(CLI::App& app, chosen& out) {
  auto text = std::make_shared<predict_text>();
  auto command = app.add_subcommand("predict", "Ask a model about a data set");
  command->add_option("--model", text->model, "The model's directory")
    ->required();
  auto commit = command->add_option("--commit", text->commit,
                                    "FENCE-STEP (default: the newest whole "
                                    "one)");
  command
    ->add_option("--data", text->training.data,
                 "As for train; the test part where there is one")
    ->required();
  add_placement_options(*command, text->training.placement);
  for (auto option : {"--network", "--block-size"})
    command->remove_option(command->get_option(option));
  command
    ->add_flag("--follow", text->follow,
               "Go on, and take each newer commit as it appears")
    ->excludes(commit);
  add_output_options(*command, *text);
  add_node_options(*command, text->training);
  command->footer("Example: ganglion predict --model my-model --data "
                  "fashion-mnist --output out.csv");
  command->callback([&out, text] {
    out.run = [text](const stop_signal& stop) {
      return run_predict(*text, stop);
    };
  });
}

} // namespace ganglion::cli
