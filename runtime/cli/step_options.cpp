// What a step of a training is: loss, optimizer, clipping.
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/cli/options.hpp"

namespace ganglion::cli {

namespace {

void add_betas(CLI::App& app, training_text& out) {
  app
    .add_option("--betas", out.betas,
                "For adam, adamw and lion, such as 0.9,0.99 (default: "
                "0.9,0.999)")
    ->delimiter(',')
    ->expected(2);
}

} // namespace

void add_step_options(CLI::App& app, training_text& out) {
  auto defaults = [&](auto name, auto& value, auto text) {
    app.add_option(name, value, text)->capture_default_str();
  };
  defaults("--micro-batches", out.micro_batches,
           "Parts of a batch that flow by themselves");
  app.add_option(
    "--loss", out.loss,
    loss_words()
      + fmt::format(" (default: {} for classes, {} for values)",
                    to_string(training_options{}.loss),
                    to_string(loss_for_values(training_options{}.loss))));
  defaults("--optimizer", out.optimizer, optimizer_names());
  app.add_option("--lr,--rate", out.learning_rate,
                 "Learning rate (default " + usual_rates() + ")");
  defaults("--momentum", out.momentum, "For --optimizer momentum");
  add_betas(app, out);
  app.add_option(
    "--weight-decay", out.weight_decay,
    "L2 term for weights; of adamw and lion, decay beside the gradient "
    "(default 0, of adamw 0.01)");
  app.add_flag("--decay-biases", out.decay_biases,
               "Biases decay as weights do");
  app.add_option("--clip", out.clip,
                 "Shorten the gradient of all parameters to this norm "
                 "(default: none)");
}

namespace {

caf::error out_of_range(std::string_view what, double value,
                        std::string_view want) {
  return make_failure(
    errc::bad_argument,
    fmt::format("{} {} is out of range: choose {}", what, value, want));
}

void take_betas(const training_text& from, optimizer_options& to) {
  if (from.betas.size() != 2)
    return;
  to.beta1 = static_cast<float>(from.betas[0]);
  to.beta2 = static_cast<float>(from.betas[1]);
}

} // namespace

caf::expected<optimizer_options> optimizer_from(const training_text& text) {
  auto kind = parse_optimizer(text.optimizer);
  if (!kind)
    return kind.error();
  auto rate = text.learning_rate.value_or(usual_rate(*kind));
  auto decay = text.weight_decay.value_or(usual_decay(*kind));
  if (!std::isfinite(rate) || rate <= 0)
    return out_of_range("--lr", rate, "a number above 0");
  if (!(text.momentum >= 0 && text.momentum < 1))
    return out_of_range("--momentum", text.momentum, "one from 0 to below 1");
  if (!(decay >= 0 && std::isfinite(decay)))
    return out_of_range("--weight-decay", decay, "0 or more");
  for (auto x : text.betas)
    if (!(x >= 0 && x < 1))
      return out_of_range("--betas", x, "numbers from 0 to below 1");
  if (!(text.clip >= 0 && std::isfinite(text.clip)))
    return out_of_range("--clip", text.clip, "a norm above 0, or 0 for none");
  optimizer_options result;
  result.kind = *kind;
  result.learning_rate = static_cast<float>(rate);
  result.momentum = static_cast<float>(text.momentum);
  result.weight_decay = static_cast<float>(decay);
  result.decay_biases = text.decay_biases;
  result.clip_norm = static_cast<float>(text.clip);
  take_betas(text, result);
  return result;
}

} // namespace ganglion::cli
