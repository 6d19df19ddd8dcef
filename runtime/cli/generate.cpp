// ganglion generate: deploy a language model, and go on with a text. Tokens are
// shown as they come.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "metadata/text/number_text.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/commit_choice.hpp"
#include "runtime/cli/language.hpp"
#include "runtime/cli/model.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/cli/showing/text_view.hpp"
#include "runtime/generation/generator.hpp"
#include "runtime/generation/score_table.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/files/writable_file.hpp"

namespace ganglion::cli {

namespace {

struct generate_text {
  training_text training;
  std::string model;
  std::string commit;
  std::string prompt;
  std::string prompt_tokens;
  std::string stop;
  std::string logits;
  generate_tokens how;
  bool past_end = false;
  bool json = false;
};

/// "1,17,4".
caf::expected<std::vector<token_id>> parse_tokens(std::string_view text) {
  std::vector<token_id> result;
  while (!text.empty()) {
    auto end = text.find(',');
    auto number = number_from<token_id>(text.substr(0, end));
    if (!number)
      return make_failure(errc::bad_argument,
                          fmt::format("--prompt-tokens: '{}' is no token: give "
                                      "numbers such as 1,17,4",
                                      printable(text.substr(0, end))));
    result.push_back(*number);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return result;
}

caf::expected<std::vector<token_id>> chosen_prompt(const generate_text& text,
                                                   const language& with) {
  if (!text.prompt_tokens.empty())
    return parse_tokens(text.prompt_tokens);
  return tokens_of_prompt(with, text.prompt);
}

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

caf::expected<std::unique_ptr<session>> open_session(const generate_text& text,
                                                     const commit_choice& from,
                                                     const manifest& what,
                                                     const stop_signal& stop) {
  auto training = text.training;
  auto none = [](const char*) { return false; };
  if (auto err = fill_in(training, none, from.reader().net(), what))
    return err;
  training.optimizer = "sgd"; // there is nothing for one to remember
  auto options = prepare_session(training, "generate");
  if (!options)
    return options.error();
  options->node_options.stop = &stop;
  return session::open(*options);
}

/// The commit that was asked for, in the nodes.
caf::expected<std::unique_ptr<session>>
open_with_commit(const generate_text& text, commit_choice& from,
                 const stop_signal& stop) {
  auto commit = text.commit.empty() ? from.newest() : from.named(text.commit);
  if (!commit)
    return commit.error();
  auto on = open_session(text, from, commit->what, stop);
  if (!on)
    return on.error();
  model_place place{from.reader().dir(), from.reader().network_hash()};
  auto loaded = (*on)->ask<commit_loaded>(
    load_commit{place, commit->what.id, true});
  if (!loaded)
    return loaded.error();
  return on;
}

caf::expected<std::uint64_t> bytes_so_far(session& on) {
  auto traffic = on.ask<traffic_summary>(get_traffic{});
  if (!traffic)
    return traffic.error();
  return traffic->between_nodes;
}

generate_tokens asked_for(const generate_text& text, const language& with,
                          const std::vector<token_id>& prompt) {
  auto result = text.how;
  take_ends(with, result);
  if (text.past_end)
    result.last_token = -1;
  result.prompt = prompt;
  return result;
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
  auto made = write_on(on, asked_for(text, with, prompt), told, took);
  if (!made)
    return made.error();
  shown.finish();
  print_result(text, shown, made->tokens, took);
  return text.logits.empty() ? caf::error{} : scores.write(text.logits);
}

caf::error run_generate(const generate_text& text, const stop_signal& stop) {
  auto files = make_posix_files();
  auto dir = absolute(text.model);
  if (!dir)
    return dir.error();
  auto from = commit_choice::open(*files, *dir);
  if (!from)
    return from.error();
  auto with = read_language(*dir);
  if (!with)
    return with.error();
  auto prompt = chosen_prompt(text, *with);
  if (!prompt)
    return prompt.error();
  if (!text.logits.empty())
    if (auto err = check_writable(text.logits))
      return err;
  auto on = open_with_commit(text, *from, stop);
  if (!on)
    return on.error();
  return write_on(text, **on, *with, *prompt, stop);
}

void add_sampling(CLI::App& app, generate_tokens& out) {
  auto defaults = [&](auto name, auto& value, auto text) {
    app.add_option(name, value, text)->capture_default_str();
  };
  defaults("--tokens", out.tokens, "Tokens at the most");
  defaults("--temperature", out.sampling.temperature,
           "0: the best token, always; above, the more is drawn");
  defaults("--top-k", out.sampling.top_k,
           "Draw from so many of the best tokens; 0: from all");
  defaults("--top-p", out.sampling.top_p,
           "Draw from the best tokens that reach this probability");
  defaults("--seed", out.sampling.seed, "For what is drawn");
}

void add_ends(CLI::App& app, generate_text& out) {
  app.add_option("--stop", out.stop, "End where this text comes");
  app.add_flag("--past-end", out.past_end,
               "Go on where the model says that the text ends");
  app.add_flag("--slide", out.how.slides,
               "Go on beyond the longest sequence that the model reads, of "
               "which the first half is forgotten then");
  app.add_option("--logits", out.logits,
                 "Write the scores of all positions to FILE.npy");
  app
    .add_option("--chunk", out.how.chunk,
                "Positions of the prompt that are read at once")
    ->check(CLI::Range(1, 256))
    ->capture_default_str();
  app.add_flag("--json", out.json,
               "Print an object with text and tokens at the end");
}

} // namespace

void add_generate(CLI::App& app, chosen& out) {
  auto text = std::make_shared<generate_text>();
  auto command = app.add_subcommand("generate",
                                    "Go on with a text, by a language model");
  command->add_option("--model", text->model, "The model's directory")
    ->required();
  command->add_option("--commit", text->commit,
                      "FENCE-STEP (default: the newest whole one)");
  auto prompt = command->add_option("--prompt", text->prompt,
                                    "The text to go on with");
  command
    ->add_option("--prompt-tokens", text->prompt_tokens,
                 "The same as numbers of tokens, such as 1,17,4")
    ->excludes(prompt);
  add_sampling(*command, text->how);
  add_ends(*command, *text);
  add_model_placement(*command, text->training.placement);
  add_node_options(*command, text->training);
  command->footer("Example: ganglion generate --model my-model --prompt "
                  "\"Once upon a time\"");
  command->callback([&out, text] {
    out.run = [text](const stop_signal& stop) {
      return run_generate(*text, stop);
    };
  });
}

} // namespace ganglion::cli
