#include "runtime/cli/model.hpp"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "actors/kernel/arithmetic.hpp"
#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/cli/language.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/data/load_data.hpp"

namespace ganglion::cli {

namespace {

/// Characters of a path.
constexpr std::size_t max_path = 4096;

void print_commit(const commit_report& x) {
  print_aside(fmt::format("commit {}: loss {:.4f}, {} in {:.2f} s",
                          to_string(x.what.id), x.what.loss_value(),
                          bytes_text(static_cast<double>(x.bytes)),
                          x.time.count()));
}

} // namespace

bool names_directory(const std::string& path) {
  std::error_code ignored;
  return path.ends_with('/') || std::filesystem::is_directory(path, ignored);
}

caf::expected<std::string> absolute(const std::string& dir) {
  if (auto err = check_text("the path of a model", dir, max_path))
    return err;
  std::error_code ignored;
  auto result = std::filesystem::absolute(dir, ignored).lexically_normal();
  if (!result.has_filename())
    result = result.parent_path();
  return ignored ? dir : result.string();
}

caf::expected<std::unique_ptr<training_model>>
training_model::open(const model_text& text, training_text& training,
                     const given_options& given) {
  std::unique_ptr<training_model> result{new training_model};
  result->text_ = text;
  auto dir = absolute(text.dir);
  if (!dir)
    return dir.error();
  result->dir_ = std::move(*dir);
  result->quiet_ = is_quiet(training.log_level);
  if (!text.commit_every.empty()) {
    auto interval = parse_interval(text.commit_every);
    if (!interval)
      return interval.error();
    result->interval_ = *interval;
  }
  if (text.keep == 0)
    return make_failure(errc::bad_argument,
                        "--keep 0 would keep no commit: choose 1 or more");
  if (auto err = text.resume ? result->go_on(training, given)
                             : result->check_new())
    return err;
  result->data_name_ = recorded_name(training.data);
  return result;
}

caf::error training_model::check_new() {
  auto there = model_reader::open(*files_, dir_);
  if (there)
    return make_failure(errc::bad_argument,
                        fmt::format("'{}' holds a model already: go on with it "
                                    "with --resume, or give another --model "
                                    "DIR",
                                    text_.dir));
  return there.error() == errc::not_found ? caf::error{} : there.error();
}

namespace {

void warn_of_arithmetic(const manifest& base) {
  if (base.arithmetic != arithmetic_version)
    print_aside(fmt::format("ganglion: commit {} was made by version {} of the "
                            "arithmetic: its training goes on by version {}, "
                            "to other bits",
                            to_string(base.id), base.arithmetic,
                            arithmetic_version));
}

} // namespace

caf::error training_model::go_on(training_text& training,
                                 const given_options& given) {
  writer_options options;
  options.who = this_process("ganglion train");
  options.take_over = text_.take_over;
  auto writer = model_writer::open(*files_, dir_, options);
  if (!writer)
    return writer.error();
  writer_ = std::move(*writer);
  const auto& net = writer_->reader().net();
  if (const auto& found = writer_->base()) {
    for (const auto& x : found->skipped)
      print_aside(fmt::format("ganglion: commit {} is skipped: {}",
                              to_string(x.id), explain(x.why)));
    base_ = found->what;
    warn_of_arithmetic(*base_);
    if (auto err = fill_in(training, given, net, *base_))
      return err;
  } else if (auto err = check_network(training.placement, given, net)) {
    return err;
  }
  training.placement.net = net;
  auto err = take_language(training.language);
  if (!err)
    err = take_table(training.table);
  if (err || !training.data.empty())
    return err;
  return make_failure(errc::bad_argument,
                      fmt::format("model '{}' has no commit yet that says what "
                                  "to train with: give --data as for a new one",
                                  text_.dir));
}

/// Texts are read as they were before, and where logits and embedding were one
/// when others trained them, they are two here.
caf::error training_model::take_language(language_text& text) const {
  std::error_code ignored;
  if (!std::filesystem::exists(dir_ + "/config.json", ignored))
    return {};
  auto known = read_language(dir_);
  if (!known)
    return known.error();
  if (text.context == 0)
    text.context = known->config.positions;
  if (text.tokenizer.empty()
      && std::filesystem::exists(dir_ + "/tokenizer.json", ignored))
    text.tokenizer = dir_;
  if (known->config.tied && !quiet_)
    print_aside("ganglion: the embedding and the logits of this model were one "
                "matrix where it was made; from here on each is trained by "
                "itself (docs/LANGUAGE_MODELS.md)");
  return {};
}

/// Tables are read as they were before.
caf::error training_model::take_table(table_text& text) const {
  auto data = writer_->reader().data();
  if (!data)
    return data.error();
  auto options = text.options(*data ? &**data : nullptr);
  text = {options.label, options.targets, options.header, options.missing,
          std::string{to_string(options.scaling)}};
  return {};
}

/// The rate may be another than before, and somebody should know where the
/// schedule has come to its end.
void training_model::tell_rate(const training_setup& setup) const {
  if (quiet_)
    return;
  const auto& now = setup.session.training;
  auto rate = now.optimizer.learning_rate;
  auto before = base()->options.optimizer.learning_rate;
  if (rate != before)
    print_aside(fmt::format("learning rate {} instead of {}", rate, before));
  auto done = base()->cursor.steps;
  auto left = base()->cursor.epoch < setup.trainer.epochs;
  if (left && rate_of(now, done + 1) == 0)
    print_aside(fmt::format("ganglion: the model's schedule has come to its "
                            "end, and the learning rate to 0, by step {}: "
                            "choose another with --schedule",
                            done));
}

caf::error training_model::prepare(training_setup& setup) {
  data_fingerprint_ = fingerprint(setup.data.train);
  if (!base() || base()->cursor.is_none())
    return {};
  if (auto err = check_same_training(setup, data_fingerprint_, data_name_,
                                     *base(), text_.dir))
    return err;
  tell_rate(setup);
  const auto& from = base()->cursor;
  setup.trainer.begin = {from.steps, from.epoch, from.samples};
  return {};
}

caf::error training_model::make(const network& net,
                                const training_setup& setup) {
  writer_options options;
  options.who = this_process("ganglion train");
  options.data = setup.data.train.description;
  auto made = model_writer::create(*files_, dir_, net, options);
  if (!made)
    return made.error();
  writer_ = std::move(*made);
  return setup.language ? write_language(*files_, dir_, *setup.language,
                                         setup.data.train.tokenizer.get())
                        : caf::error{};
}

caf::error training_model::begin(session& on, training_setup& setup) {
  if (!writer_)
    if (auto err = make(on.net(), setup))
      return err;
  if (base())
    if (auto err = load(on))
      return err;
  // A model that was imported learns of its data now.
  if (auto err = writer_->describe(setup.data.train.description))
    return err;
  auto report = [made = made_, quiet = quiet_](const commit_report& x) {
    made->add(x.what);
    if (!quiet)
      print_commit(x);
  };
  auto begun = commits::begin({on.self()->system(), on.engine(), on.where()},
                              std::move(*writer_), dir_, options_for(setup),
                              report);
  writer_.reset();
  if (!begun)
    return begun.error();
  commits_ = std::move(*begun);
  setup.trainer.keeper = commits_;
  return {};
}

caf::error training_model::load(session& on) {
  model_place place{dir_, writer_->reader().network_hash()};
  auto loaded = on.ask<commit_loaded>(load_commit{place, base()->id});
  if (!loaded)
    return loaded.error();
  made_->newest = to_string(base()->id);
  if (!quiet_)
    print_aside(fmt::format("going on from commit {}: step {}, epoch {}",
                            made_->newest, base()->cursor.steps,
                            base()->cursor.epoch + 1));
  return {};
}

commit_options training_model::options_for(const training_setup& setup) const {
  commit_options result;
  result.interval = interval_;
  result.trouble = [dir = dir_](const caf::error& why) {
    print_aside(why ? fmt::format("ganglion: nothing can be committed at the "
                                  "moment: {}; training goes on meanwhile",
                                  explain(why))
                    : fmt::format("ganglion: model '{}' is back", dir));
  };
  result.training = setup.session.training;
  result.keep = text_.keep.value_or(0);
  result.any_values = setup.trainer.when_it_diverges == on_nan::go_on;
  result.cursor = cursor_of(setup.data.train, data_name_, setup.trainer,
                            setup.session.micro_batches);
  return result;
}

caf::error training_model::finish() {
  return commits_ ? commits_->finish() : caf::error{};
}

std::string training_model::newest() const {
  return made_->newest;
}

std::string training_model::best() const {
  return made_->best;
}

void training_model::committed::add(const manifest& x) {
  newest = to_string(x.id);
  auto loss = x.validation_value();
  if (!(loss < best_loss))
    return;
  best = newest;
  best_loss = loss;
}

} // namespace ganglion::cli
