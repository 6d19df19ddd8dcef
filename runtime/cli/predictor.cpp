#include "runtime/cli/predictor.hpp"

#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/cli/model.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/data/load_data.hpp"
#include "runtime/training/evaluate.hpp"

namespace ganglion::cli {

predictor::predictor(const predict_text& text, commit_choice from,
                     const stop_signal& stop)
  : text_(text), from_(std::move(from)), stop_(stop) {
  // nop
}

caf::error predictor::run() {
  auto x = first();
  if (!x)
    return x.error();
  if (auto err = prepare(x->what))
    return err;
  if (auto err = open())
    return err;
  auto err = begin(std::move(*x));
  if (!text_.follow || (err && !lost()))
    return err;
  return follow();
}

caf::error predictor::begin(version x) {
  if (!text_.commit.empty()) {
    if (auto err = load(x))
      return err;
    version_.emplace(std::move(x));
  } else {
    auto loaded = load_newest(std::move(x));
    if (!loaded)
      return loaded.error();
    version_.emplace(std::move(*loaded));
  }
  auto err = show();
  shown_ = !err;
  return err;
}

caf::error predictor::prepare(const manifest& what) {
  auto training = text_.training;
  auto none = [](const char*) { return false; };
  if (auto err = fill_in(training, none, from_.reader().net(), what))
    return err;
  training.data = text_.training.data;
  training.optimizer = "sgd"; // there is nothing for one to remember
  auto options = prepare_session(training, "predict");
  if (!options)
    return options.error();
  options_ = std::move(*options);
  options_.node_options.stop = &stop_;
  auto data = load_data(training.data, training.seed);
  if (!data)
    return data.error();
  part_ = data->test ? "test" : "train";
  data_ = data->test ? std::move(*data->test) : std::move(data->train);
  return check_fits(from_.reader().net(), data_, 1);
}

caf::error predictor::open() {
  auto on = session::open(options_);
  if (!on)
    return on.error();
  on_ = std::move(*on);
  nodes_ = on_->nodes().view().nodes;
  return {};
}

caf::error predictor::load(const version& x) {
  model_place place{from_.reader().dir(), from_.reader().network_hash()};
  auto loaded = on_->ask<commit_loaded>(load_commit{place, x.what.id, true});
  loaded_ = static_cast<bool>(loaded);
  return loaded ? caf::error{} : loaded.error();
}

caf::expected<version> predictor::load_newest(version newest_one) {
  std::optional<version> x{std::move(newest_one)};
  for (int pruned = 0;;) {
    auto err = load(*x);
    if (!err)
      return std::move(*x);
    auto id = x->what.id;
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

caf::error predictor::show() {
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

} // namespace ganglion::cli
