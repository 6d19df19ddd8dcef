// ganglion generate: deploy a language model, and go on with a text. Tokens are
// shown as they come.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "runtime/cli/commands.hpp"
#include "runtime/cli/language_request.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/cli/showing/text_view.hpp"
#include "runtime/generation/generator.hpp"
#include "runtime/generation/score_table.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/files/writable_file.hpp"

namespace ganglion::cli {

namespace {

struct generate_text {
  language_request asked;
  std::string stop;
  std::string logits;
  bool past_end = false;
  bool json = false;
};

/// What it took to generate a text.
struct cost {
  double seconds = 0;
  /// Between nodes, and the positions that were read.
  std::uint64_t bytes = 0;
  std::uint64_t positions = 0;
};

void print_result(const generate_text& text, const text_view& shown,
                  const std::vector<token_id>& tokens, const cost& took) {
  auto speed = static_cast<double>(tokens.size()) / took.seconds;
  auto bytes = static_cast<double>(took.bytes)
               / static_cast<double>(
                 std::max<std::uint64_t>(took.positions, 1));
  if (text.json) {
    nlohmann::json all{{"text", shown.text()},
                       {"tokens", tokens},
                       {"tokens_per_second", speed},
                       {"bytes_per_token", bytes}};
    fmt::print("{}\n", all.dump(-1, ' ', false,
                                nlohmann::json::error_handler_t::replace));
    return;
  }
  fmt::print("\n");
  print_aside(fmt::format(
    "{} tokens, {:.1f} per second{}", tokens.size(), speed,
    took.bytes > 0 ? fmt::format(", {:.0f} bytes a token between nodes", bytes)
                   : ""));
}

caf::expected<std::uint64_t> bytes_so_far(session& on) {
  auto traffic = on.ask<traffic_summary>(get_traffic{});
  if (!traffic)
    return traffic.error();
  return traffic->between_nodes;
}

/// Goes on with the text, and says what that took.
caf::expected<generated> write_on(session& on, generate_tokens how,
                                  const generation_listener& told, cost& took) {
  auto before = bytes_so_far(on);
  if (!before)
    return before.error();
  auto prompt = how.prompt.size();
  auto begin = std::chrono::steady_clock::now();
  auto made = generate(on.self(), on.engine(), std::move(how), told);
  if (!made)
    return made;
  std::chrono::duration<double> passed = std::chrono::steady_clock::now()
                                         - begin;
  auto after = bytes_so_far(on);
  if (!after)
    return after.error();
  // The last token was chosen, and not read.
  auto last = made->end == text_end::last_token ? 0 : 1;
  took = {passed.count(), *after - *before,
          prompt + made->tokens.size() - last};
  return made;
}

caf::error write_on(const generate_text& text, session& on,
                    const language& with, const std::vector<token_id>& prompt,
                    const stop_signal& stop) {
  text_view shown{with, prompt, text.stop, text.json};
  score_table scores;
  auto told = shown_until(shown, stop);
  if (!text.logits.empty())
    told.read = [&](std::uint64_t first, const tensor& x) {
      scores.take(first, x);
    };
  cost took;
  auto how = asked_for(text.asked, with, prompt);
  if (text.past_end)
    how.last_token = -1;
  auto made = write_on(on, std::move(how), told, took);
  if (!made)
    return made.error();
  shown.finish();
  print_result(text, shown, made->tokens, took);
  return text.logits.empty() ? caf::error{} : scores.write(text.logits);
}

caf::error run_generate(const generate_text& text, const stop_signal& stop) {
  auto files = make_posix_files();
  auto open = open_language(*files, text.asked);
  if (!open)
    return open.error();
  auto prompt = chosen_prompt(text.asked, open->with);
  if (!prompt)
    return prompt.error();
  if (!text.logits.empty())
    if (auto err = check_writable(text.logits))
      return err;
  auto chosen = choose_language(text.asked, open->from, "generate", stop);
  if (!chosen)
    return chosen.error();
  auto on = deploy_language(open->from, chosen->commit, chosen->options);
  if (!on)
    return on.error();
  return write_on(text, **on, open->with, *prompt, stop);
}

void add_ends(CLI::App& app, generate_text& out) {
  app.add_option("--stop", out.stop, "End where this text comes");
  app.add_flag("--past-end", out.past_end,
               "Go on where the model says that the text ends");
  app.add_flag("--slide", out.asked.how.slides,
               "Go on beyond the longest sequence that the model reads, of "
               "which the first half is forgotten then");
  app.add_option("--logits", out.logits,
                 "Write the scores of all positions to FILE.npy");
  app.add_flag("--json", out.json,
               "Print an object with text and tokens at the end");
}

} // namespace

void add_generate(CLI::App& app, chosen& out) {
  auto text = std::make_shared<generate_text>();
  auto command = app.add_subcommand("generate",
                                    "Go on with a text, by a language model");
  auto& asked = text->asked;
  add_model_options(*command, asked)->required();
  add_prompt_options(*command, asked);
  command->add_option("--seed", asked.how.sampling.seed, "For what is drawn")
    ->capture_default_str();
  add_ends(*command, *text);
  add_language_placement(*command, asked);
  command->footer("Example: ganglion generate --model my-model --prompt "
                  "\"Once upon a time\"");
  command->callback([&out, text] {
    out.run = [text](const stop_signal& stop) {
      return run_generate(*text, stop);
    };
  });
}

} // namespace ganglion::cli
