#include "runtime/cli/verify_text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/generation/generator.hpp"
#include "runtime/generation/score_table.hpp"
#include "runtime/model_store/files/posix_files.hpp"

namespace ganglion::cli {

namespace {

/// What a network made of a text.
struct text_trace {
  std::vector<token_id> tokens;
  score_table scores;
};

caf::expected<text_trace> trace_text(session& on, generate_tokens how,
                                     const stop_signal& stop) {
  text_trace result;
  generation_listener told;
  told.chosen = [&](token_id) { return !stop.requested(); };
  told.goes_on = [&] { return !stop.requested(); };
  told.read = [&](std::uint64_t first, const tensor& x) {
    result.scores.take(first, x);
  };
  auto made = generate(on.self(), on.engine(), std::move(how), told);
  if (!made)
    return made.error();
  if (made->end == text_end::stopped)
    return make_failure(errc::cancelled, "stopped");
  result.tokens = std::move(made->tokens);
  return result;
}

caf::error compare_traces(const text_trace& single, const text_trace& asked) {
  fmt::print("sha256 of the scores of {} positions\n  one piece  {}\n"
             "  as asked   {}\n",
             single.scores.positions(), single.scores.digest(),
             asked.scores.digest());
  if (auto at = single.scores.first_difference(asked.scores))
    return make_failure(
      errc::protocol,
      fmt::format("NOT equal: the first position that differs is {}", *at));
  if (single.tokens != asked.tokens)
    return make_failure(errc::protocol,
                        "NOT equal: the scores are, the tokens are not");
  fmt::print("equal to the bit, and {} tokens with them\n",
             asked.tokens.size());
  return {};
}

} // namespace

void verify_options::check() const {
  for (const auto* x : model->count() > 0 ? of_trainings : of_texts)
    if (x->count() > 0 && model->count() > 0)
      throw CLI::ExcludesError(x->get_name(), model->get_name());
    else if (x->count() > 0)
      throw CLI::RequiresError(x->get_name(), model->get_name());
}

verify_options add_verified_text(CLI::App& command, language_request& out) {
  constexpr std::array fit{"--help",         "--nodes",          "--by",
                           "--within",       "--exact",          "--group-size",
                           "--threads",      "--any-arithmetic", "--seed",
                           "--peer-timeout", "--log-level"};
  verify_options result;
  auto before = command.get_options();
  for (const auto* x : before)
    if (std::ranges::find(fit, x->get_name()) == fit.end())
      result.of_trainings.push_back(x);
  for (auto name : {"--network", "--data"})
    command.get_option(name)->required(false);
  result.model = add_model_options(command, out);
  add_prompt_options(command, out);
  for (const auto* x : command.get_options())
    if (x != result.model && std::ranges::find(before, x) == before.end())
      result.of_texts.push_back(x);
  return result;
}

session_options in_one_piece(session_options options) {
  options.nodes = "inside:1";
  options.request = {by_layers{}, partition_scope::network};
  options.node_options.threads = 1;
  return options;
}

caf::error verify_text(const language_request& text, const stop_signal& stop) {
  auto files = make_posix_files();
  auto open = open_language(*files, text);
  if (!open)
    return open.error();
  auto prompt = chosen_prompt(text, open->with);
  if (!prompt)
    return prompt.error();
  auto chosen = choose_language(text, open->from, "verify", stop);
  if (!chosen)
    return chosen.error();
  auto how = asked_for(text, open->with, std::move(*prompt));
  // One after the other: a large model is in memory once.
  auto trace_on =
    [&](const session_options& options) -> caf::expected<text_trace> {
    auto on = deploy_language(open->from, chosen->commit, options);
    if (!on)
      return on.error();
    return trace_text(**on, how, stop);
  };
  auto asked = trace_on(chosen->options);
  if (!asked)
    return asked.error();
  auto single = trace_on(in_one_piece(chosen->options));
  if (!single)
    return single.error();
  return compare_traces(*single, *asked);
}

} // namespace ganglion::cli
