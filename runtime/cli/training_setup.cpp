// What becomes of the options of a training: data, what it is judged by, its
// schedule, all checked against each other before anything is started.
#include <charconv>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "metadata/decoders/decoder_text.hpp"
#include "metadata/error.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/data/load_data.hpp"
#include "runtime/training/schedule.hpp"

namespace ganglion::cli {

namespace {

/// Of a training with so many samples.
caf::expected<rate_schedule> schedule_from(const training_text& text,
                                           std::uint64_t samples) {
  if (text.model_schedule)
    return *text.model_schedule;
  auto wish = parse_schedule(text.schedule.empty() ? "constant"
                                                   : text.schedule);
  if (!wish)
    return wish.error();
  auto per_epoch = updates_per_epoch(samples, text.batch);
  auto steps = text.steps > 0 ? text.steps : per_epoch * text.epochs;
  if (text.warmup > steps)
    return make_failure(errc::bad_argument,
                        fmt::format("--warmup {} is longer than the training, "
                                    "which has {} steps",
                                    text.warmup, steps));
  return schedule_for(*wish, text.warmup, per_epoch, steps);
}

/// Of texts, that their tokens are the same.
caf::error check_same_words(const dataset& x, const dataset& train) {
  if (x.is_text() != train.is_text())
    return make_failure(errc::bad_data,
                        fmt::format("--validation '{}' and the training data "
                                    "are not both texts",
                                    x.name));
  auto spells = [](const dataset& y) {
    return y.tokenizer ? *y.tokenizer : std::string{};
  };
  if (!x.tokenizer || spells(x) == spells(train))
    return {};
  return make_failure(errc::bad_data,
                      fmt::format("--validation '{}' is read in other tokens "
                                  "than the training data: give both as "
                                  "text:FILE, or both as tokens:FILE",
                                  x.name));
}

caf::error check_alike(const dataset& x, const dataset& train) {
  if (auto err = check_same_words(x, train))
    return err;
  auto fails = [&](std::string_view what, std::uint64_t here,
                   std::uint64_t there) {
    return make_failure(errc::bad_data,
                        fmt::format("--validation '{}' has {} {} per sample, "
                                    "but the training data have {}",
                                    x.name, here, what, there));
  };
  if (!x.labelled())
    return make_failure(errc::bad_data,
                        fmt::format("--validation '{}' has no labels to judge "
                                    "by",
                                    x.name));
  if (x.samples.columns() != train.samples.columns())
    return fails("features", x.samples.columns(), train.samples.columns());
  if (x.values != train.values)
    return fails("values to be learned", x.values, train.values);
  return {};
}

/// Read as a model that learned from the training samples reads data.
caf::error load_validation(const training_text& text, dataset_bundle& to) {
  const auto& learned = to.train.description;
  data_options options{text.table.options(&learned),
                       model_data{learned, to.train.samples.columns()},
                       windows_of(text.language)};
  options.windows->known = to.train.tokenizer;
  auto found = load_data(text.validation, text.seed, options);
  if (!found)
    return found.error();
  to.validation = found->test ? std::move(*found->test)
                              : std::move(found->train);
  return check_alike(*to.validation, to.train);
}

caf::error add_validation(const training_text& text, dataset_bundle& to) {
  // What people expect of a text is judged by how it goes on with another.
  constexpr double usual_share = 0.1;
  if (text.validation.empty())
    return to.train.is_text() ? hold_back(to, usual_share, text.seed)
                              : caf::error{};
  double share = 0;
  auto last = text.validation.data() + text.validation.size();
  auto [end, code] = std::from_chars(text.validation.data(), last, share);
  if (code == std::errc{} && end == last)
    return hold_back(to, share, text.seed);
  return load_validation(text, to);
}

caf::error choose_loss(const training_text& text, const dataset& data,
                       loss_kind& loss) {
  if (data.values == 0 || !is_for_classes(loss))
    return {};
  if (!text.loss.empty())
    return make_failure(
      errc::bad_argument,
      fmt::format("--loss {} is for classes, and the data has values to be "
                  "learned: take one of {}",
                  to_string(loss), loss_words(true)));
  loss = loss_for_values(loss);
  return {};
}

/// Loaded, with what the training is judged by, and checked.
caf::expected<dataset_bundle> load_checked(const training_text& text,
                                           std::optional<dataset_bundle> loaded,
                                           session_options& on) {
  auto data = loaded ? caf::expected<dataset_bundle>{std::move(*loaded)}
                     : load_data(text.data, text.seed,
                                 {text.table.options(nullptr), std::nullopt,
                                  windows_of(text.language)});
  if (!data)
    return data.error();
  if (!is_quiet(text.log_level))
    for (const auto& note : data->train.notes)
      print_aside(fmt::format("{}: {}", data->train.name, note));
  if (auto err = choose_loss(text, data->train, on.training.loss))
    return err;
  if (auto err = add_validation(text, *data))
    return err;
  if (auto err = check_fits(on.net, data->train, text.batch))
    return err;
  if (data->validation)
    if (auto err = check_asked(on.net, *data->validation))
      return err;
  return data;
}

/// What is to be kept of a new language model beside its weights.
std::optional<hf_config> language_of(const training_text& text) {
  if (text.placement.net || !is_decoder_text(text.placement.network))
    return std::nullopt;
  auto shape = parse_decoder(text.placement.network);
  if (!shape)
    return std::nullopt;
  if (shape->positions == 0)
    shape->positions = text.language.context;
  return config_of(*shape);
}

trainer_options trainer_from(const training_text& text) {
  trainer_options result;
  result.epochs = text.epochs;
  result.steps = text.steps;
  result.judge_every = text.validate_every;
  result.batch = text.batch;
  result.seed = text.seed;
  result.when_it_diverges = text.on_nan == "stop" ? on_nan::stop
                                                  : on_nan::go_on;
  return result;
}

} // namespace

caf::expected<training_setup> prepare(const training_text& wanted,
                                      std::string_view command) {
  auto text = wanted;
  auto loaded = complete(text);
  if (!loaded)
    return loaded.error();
  auto on = prepare_session(text, command);
  if (!on)
    return on.error();
  if (auto err = check_trainable(on->net))
    return err;
  if (text.epochs == 0)
    return make_failure(errc::bad_argument, "--epochs must be 1 or more");
  auto data = load_checked(text, std::move(*loaded), *on);
  if (!data)
    return data.error();
  auto schedule = schedule_from(text, data->train.size());
  if (!schedule)
    return schedule.error();
  on->training.schedule = *schedule;
  training_setup result;
  result.session = std::move(*on);
  result.trainer = trainer_from(text);
  result.data = std::move(*data);
  result.language = language_of(text);
  return result;
}

} // namespace ganglion::cli
