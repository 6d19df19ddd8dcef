#include "runtime/cli/resuming.hpp"

#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/decoders/decoder_text.hpp"
#include "metadata/error.hpp"
#include "metadata/layers/layer_rule.hpp"
#include "metadata/layers/row_layout.hpp"
#include "runtime/cli/showing/report.hpp"

namespace ganglion::cli {

namespace {

/// With as many tokens as the model has, where the data decided that.
std::string whole_text(const std::string& text, const network& model) {
  auto limits = limits_of(model);
  if (!limits || !is_decoder_text(text))
    return text;
  auto shape = parse_decoder(text);
  return shape && shape->tokens == 0 ? with_tokens(text, limits->tokens) : text;
}

/// The layers, but for their blocks where those are not asked about.
caf::expected<network> asked_network(const placement_text& text, bool blocks,
                                     const network& model) {
  auto asked = parse_network(whole_text(text.network, model), text.block_size);
  if (!asked || blocks || asked->layers().size() != model.layers().size())
    return asked;
  std::vector<layer> layers{asked->layers().begin(), asked->layers().end()};
  for (std::size_t i = 0; i < layers.size(); ++i)
    layers[i].block_size = model.layers()[i].block_size;
  return network::make(std::move(layers));
}

/// Options with which a training would not be the one of the model.
class differences {
public:
  template <class T>
  void compare(std::string_view option, const T& asked, const T& model) {
    if (asked != model)
      found_.push_back(
        fmt::format("{} {} (the model has {})", option, asked, model));
  }

  void add(std::string_view what) {
    found_.emplace_back(what);
  }

  [[nodiscard]] caf::error as_error(const std::string& dir) const {
    if (found_.empty())
      return {};
    return make_failure(
      errc::bad_argument,
      fmt::format("model '{}' was trained with something else than {}: leave "
                  "the options out, or train a new model in another --model "
                  "DIR",
                  dir, fmt::join(found_, ", ")));
  }

private:
  std::vector<std::string> found_;
};

void compare(differences& to, const training_options& asked,
             const training_options& model) {
  const auto& a = asked.optimizer;
  const auto& b = model.optimizer;
  to.compare("--seed", asked.seed, model.seed);
  to.compare("--loss", to_string(asked.loss), to_string(model.loss));
  to.compare("--optimizer", to_string(a.kind), to_string(b.kind));
  if (a.kind != b.kind)
    return;
  to.compare("--weight-decay", a.weight_decay, b.weight_decay);
  to.compare("--decay-biases", a.decay_biases, b.decay_biases);
  to.compare("--clip", a.clip_norm, b.clip_norm);
  to.compare("--momentum", a.momentum, b.momentum);
  to.compare("--betas", fmt::format("{},{}", a.beta1, a.beta2),
             fmt::format("{},{}", b.beta1, b.beta2));
}

} // namespace

caf::error check_network(const placement_text& text, const given_options& given,
                         const network& model) {
  auto blocks = given("--block-size");
  if (!given("--network") && !blocks)
    return {};
  auto fail = [&](std::string_view option) {
    return make_failure(errc::bad_argument,
                        fmt::format("{} is not that of the model: leave the "
                                    "option out, or train a new model in "
                                    "another --model DIR",
                                    option));
  };
  if (given("--network")) {
    auto asked = asked_network(text, blocks, model);
    if (!asked)
      return asked.error();
    return *asked == model
             ? caf::error{}
             : fail(blocks ? "--network or --block-size" : "--network");
  }
  for (const auto& x : model.layers())
    if (!rule_of(x).given() && x.block_size != text.block_size)
      return fail("--block-size");
  return {};
}

caf::error fill_in(training_text& text, const given_options& given,
                   const network& net, const manifest& from) {
  if (auto err = check_network(text.placement, given, net))
    return err;
  text.placement.net = net;
  if (from.cursor.is_none())
    return {};
  auto take = [&](const char* option, auto& value, const auto& model) {
    if (!given(option))
      value = model;
  };
  const auto& optimizer = from.options.optimizer;
  take("--data", text.data, from.cursor.data_name);
  take("--batch", text.batch, from.cursor.batch);
  take("--micro-batches", text.micro_batches, from.cursor.micro_batches);
  take("--seed", text.seed, from.cursor.seed);
  take("--loss", text.loss, to_string(from.options.loss));
  take("--optimizer", text.optimizer, to_string(optimizer.kind));
  take("--lr", text.learning_rate,
       static_cast<double>(optimizer.learning_rate));
  take("--momentum", text.momentum, static_cast<double>(optimizer.momentum));
  take(
    "--betas", text.betas,
    std::vector<double>{shortest(optimizer.beta1), shortest(optimizer.beta2)});
  take("--weight-decay", text.weight_decay,
       static_cast<double>(optimizer.weight_decay));
  take("--decay-biases", text.decay_biases, optimizer.decay_biases);
  take("--clip", text.clip, static_cast<double>(optimizer.clip_norm));
  if (!given("--schedule") && !given("--warmup"))
    text.model_schedule = from.options.schedule;
  return {};
}

caf::expected<session_options> answering_session(training_text& text,
                                                 const model_reader& from,
                                                 const manifest& what,
                                                 std::string_view command,
                                                 const stop_signal& stop) {
  auto none = [](const char*) { return false; };
  if (auto err = fill_in(text, none, from.net(), what))
    return err;
  text.optimizer = "sgd"; // there is nothing for one to remember
  auto options = prepare_session(text, command);
  if (!options)
    return options;
  options->node_options.stop = &stop;
  options->blank = true;
  return options;
}

caf::error load_weights_of(session& on, const model_reader& from,
                           commit_id id) {
  model_place place{from.dir(), from.network_hash()};
  auto loaded = on.ask<commit_loaded>(load_commit{place, id, true});
  return loaded ? caf::error{} : loaded.error();
}

caf::error check_same_training(const training_setup& setup,
                               const std::string& fingerprint,
                               const std::string& data_name,
                               const manifest& from, const std::string& dir) {
  differences found;
  const auto& model = from.cursor;
  found.compare("--batch", setup.trainer.batch, model.batch);
  found.compare("--micro-batches", setup.session.micro_batches,
                model.micro_batches);
  compare(found, setup.session.training, from.options);
  if (fingerprint != model.data_fingerprint)
    found.add(fmt::format("these training samples of --data {} (give the same "
                          "data, --validation and --context as before)",
                          data_name));
  return found.as_error(dir);
}

} // namespace ganglion::cli
