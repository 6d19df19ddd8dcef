#include "runtime/cli/text_training.hpp"

#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "metadata/decoders/decoder_text.hpp"
#include "metadata/error.hpp"
#include "metadata/layers/row_layout.hpp"
#include "metadata/text/names.hpp"
#include "metadata/text/number_text.hpp"
#include "runtime/cli/options.hpp"

namespace ganglion::cli {

void add_language_options(CLI::App& app, language_text& out) {
  app.add_option("--context", out.context,
                 "Tokens of a window of a text (default: the network's)");
  app.add_option("--tokenizer", out.tokenizer,
                 "What makes tokens of a text: a tokenizer.json, a folder or "
                 "model that has one, or bytes for all 256 (default: the "
                 "model's, or else the bytes that are in the text)");
  app.add_option("--initial", out.initial,
                 "Weights at first: usual, as their layer's kind has it, or "
                 "normal:DEVIATION (default: usual, of gpt: and llama: "
                 "normal:0.02)");
}

window_options windows_of(const language_text& x) {
  return {x.context, x.tokenizer, nullptr};
}

namespace {

/// The text that says how many tokens a network has.
caf::expected<dataset_bundle> load_for_tokens(const training_text& text) {
  auto data = load_data(
    text.data, text.seed,
    {text.table.options(nullptr), std::nullopt, windows_of(text.language)});
  if (!data || data->train.is_text())
    return data;
  return make_failure(errc::bad_argument,
                      fmt::format("network '{}' goes on with texts, and --data "
                                  "'{}' is none: give text:FILE or tokens:FILE",
                                  printable(text.placement.network),
                                  printable_path(text.data)));
}

} // namespace

caf::expected<std::optional<dataset_bundle>> complete(training_text& text) {
  auto& placed = text.placement;
  auto& context = text.language.context;
  std::optional<dataset_bundle> loaded;
  if (placed.net) {
    auto limits = limits_of(*placed.net);
    if (context == 0 && limits)
      context = limits->positions;
    return loaded;
  }
  if (!is_decoder_text(placed.network))
    return loaded;
  auto shape = parse_decoder(placed.network);
  if (!shape)
    return shape.error();
  if (context == 0)
    context = shape->positions;
  if (shape->tokens > 0)
    return loaded;
  auto data = load_for_tokens(text);
  if (!data)
    return data.error();
  placed.network = with_tokens(placed.network, data->train.classes);
  loaded = std::move(*data);
  return loaded;
}

caf::expected<float> initial_deviation_of(const training_text& text) {
  constexpr float published = 0.02f;
  constexpr std::string_view normal = "normal:";
  std::string_view wish = text.language.initial;
  if (wish.empty())
    return is_decoder_text(text.placement.network) ? published : 0.0f;
  if (wish == "usual")
    return 0.0f;
  auto result = wish.starts_with(normal)
                  ? number_from<float>(wish.substr(normal.size()))
                  : std::nullopt;
  if (!result || !(*result > 0 && std::isfinite(*result)))
    return make_failure(errc::bad_argument,
                        fmt::format("--initial '{}': choose usual, or "
                                    "normal:DEVIATION, such as normal:0.02",
                                    printable(wish)));
  return *result;
}

} // namespace ganglion::cli
