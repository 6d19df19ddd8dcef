// generate: goes on with a text, where a language model was loaded. It changes
// nothing.
#include <array>

#include <fmt/format.h>

#include "metadata/layers/row_layout.hpp"
#include "runtime/cli/repl/verbs.hpp"
#include "runtime/cli/showing/text_view.hpp"
#include "runtime/generation/generator.hpp"

namespace ganglion::cli {

namespace {

constexpr std::array<std::string_view, 6> generate_options{
  "tokens", "temperature", "top-k", "top-p", "seed", "stop"};

/// The language of the model that was loaded.
caf::expected<const language*> language_of(workspace& w) {
  if (w.speaks)
    return &*w.speaks;
  if (!limits_of(*w.net))
    return expected_instead("the network reads no tokens: expected a language "
                            "model, such as: load my-model");
  if (!w.origin)
    return expected_instead("nobody said what its tokens stand for: load the "
                            "model's directory first, such as: load my-model");
  auto found = read_language(w.origin->dir);
  if (!found)
    return found.error();
  w.speaks = std::move(*found);
  return &*w.speaks;
}

caf::error take_sampling(const named_values& given, generate_tokens& to) {
  to.tokens = 60;
  auto err = given.take("tokens", to.tokens);
  if (!err)
    err = given.take("temperature", to.sampling.temperature);
  if (!err)
    err = given.take("top-k", to.sampling.top_k);
  if (!err)
    err = given.take("top-p", to.sampling.top_p);
  return err ? err : given.take("seed", to.sampling.seed);
}

/// Shows it as it comes.
caf::error tell(workspace& w, const language& with, generate_tokens what,
                const std::string& stop) {
  text_view shown{with, what.prompt, stop, false};
  auto made = generate(w.on->self(), w.on->engine(), std::move(what),
                       shown_until(shown, w.stop));
  shown.finish();
  fmt::print("\n");
  return made ? caf::error{} : made.error();
}

caf::error run_generate(workspace& w, const words& args) {
  if (args.empty())
    return usage_of("generate");
  if (auto err = w.need_deployment())
    return err;
  auto given = named_values::parse(std::span{args}.subspan(1),
                                   generate_options);
  if (!given)
    return given.error();
  generate_tokens what;
  if (auto err = take_sampling(*given, what))
    return err;
  auto with = language_of(w);
  if (!with)
    return with.error();
  auto prompt = tokens_of_prompt(**with, args[0]);
  if (!prompt)
    return prompt.error();
  what.prompt = std::move(*prompt);
  take_ends(**with, what);
  std::string stop;
  given->take("stop", stop);
  return tell(w, **with, std::move(what), stop);
}

} // namespace

const verb& generate_verb() {
  static constexpr verb result{
    "",
    "generate",
    "TEXT [tokens N] [OPTION VALUE]...",
    "Go on with a text, where a language model is loaded",
    "TEXT in quotes, where it has blanks. Options: tokens N at the most, "
    "temperature X\n"
    "(0: the best token, always), top-k N, top-p X, seed N, stop TEXT. Ctrl-C "
    "ends it.\n"
    "Neurons may be moved, set, or ablated in between: the text is read again.",
    "generate \"Once upon a time\" tokens 40",
    "tokens temperature top-k top-p seed stop",
    run_generate};
  return result;
}

} // namespace ganglion::cli
