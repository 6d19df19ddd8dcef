#include "runtime/cli/predictor.hpp"

#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/cli/model.hpp"
#include "runtime/cli/showing/confusion_text.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/cli/showing/terminal.hpp"
#include "runtime/data/load_data.hpp"
#include "runtime/training/evaluate.hpp"

namespace ganglion::cli {

namespace {

/// Where the predictions do not go.
void print_beside(const std::string& predictions, const std::string& text) {
  if (is_standard_output(predictions))
    print_error("{}", text);
  else
    fmt::print("{}", text);
}

void warn_of_not_finite(const evaluation& x, std::size_t samples) {
  if (x.not_finite > 0)
    print_aside(fmt::format("warning: the answers to {} of {} samples are not "
                            "finite: the model has diverged, or has values "
                            "that are not finite",
                            x.not_finite, samples));
}

} // namespace

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
  auto options = answering_session(training, from_.reader(), what, "predict",
                                   stop_);
  if (!options)
    return options.error();
  options_ = std::move(*options);
  training.data = text_.training.data;
  auto data = load_asked(training, what);
  if (!data)
    return data.error();
  part_ = "test";
  if (!data->test && data->train.labelled()
      && fingerprint(data->train) == what.cursor.data_fingerprint)
    part_ = "train";
  data_ = data->test ? std::move(*data->test) : std::move(data->train);
  for (const auto& note : data_.notes)
    print_aside(fmt::format("{}: {}", data_.name, note));
  if (data_.class_names.empty())
    data_.class_names = described_.class_names;
  if (!described_.targets.empty() && !data_.labelled()) {
    const auto& net = from_.reader().net();
    data_.values = net.answer_width(*output_layer(net));
    data_.description.target_names = described_.target_names;
  }
  return check_asked(from_.reader().net(), data_);
}

/// What the model learned of its data says how others are read, unless the user
/// says otherwise.
caf::expected<dataset_bundle>
predictor::load_asked(const training_text& training, const manifest&) {
  auto described = from_.reader().data();
  if (!described)
    return described.error();
  data_options options{
    text_.table.options(described->has_value() ? &**described : nullptr),
    std::nullopt};
  const auto& net = from_.reader().net();
  std::size_t inputs = 0;
  for (auto id : input_layers(net))
    inputs += net.width_of(id);
  options.of = model_data{described->value_or(data_description{}), inputs};
  described_ = options.of->description;
  return load_data(training.data, training.seed, options);
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
  auto err = load_weights_of(*on_, from_.reader(), x.what.id);
  loaded_ = !err;
  return err;
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

caf::error predictor::show_confusion(const evaluation& x) const {
  if (!x.accuracy)
    return make_failure(errc::bad_argument,
                        fmt::format("--confusion is for samples whose classes "
                                    "are known, which '{}' does not say",
                                    data_.name));
  print_beside(text_.output, "\n" + confusion_text(data_, x.predictions));
  return {};
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
  auto quality = to_text(*result);
  print_beside(
    text_.output,
    fmt::format("commit {}: step {}, {} {} samples\n", to_string(id), id.step,
                quality.empty() ? "without labels,"
                                : fmt::format("{} {} of", part_, quality),
                data_.size()));
  if (text_.confusion) {
    if (auto err = show_confusion(*result))
      return err;
  }
  warn_of_not_finite(*result, data_.size());
  std::fflush(stdout);
  return {};
}

} // namespace ganglion::cli
