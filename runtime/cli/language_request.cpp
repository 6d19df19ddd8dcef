#include "runtime/cli/language_request.hpp"

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "metadata/text/number_text.hpp"
#include "runtime/cli/model.hpp"

namespace ganglion::cli {

namespace {

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
}

} // namespace

CLI::Option* add_model_options(CLI::App& app, language_request& out) {
  auto result = app.add_option("--model", out.model, "The model's directory");
  app.add_option("--commit", out.commit,
                 "FENCE-STEP (default: the newest whole one)");
  return result;
}

void add_prompt_options(CLI::App& app, language_request& out) {
  auto prompt = app.add_option("--prompt", out.prompt,
                               "The text to go on with");
  app
    .add_option("--prompt-tokens", out.prompt_tokens,
                "The same as numbers of tokens, such as 1,17,4")
    ->excludes(prompt);
  add_sampling(app, out.how);
  app
    .add_option("--chunk", out.how.chunk,
                "Positions of the prompt that are read at once")
    ->check(CLI::Range(1, 256))
    ->capture_default_str();
}

void add_language_placement(CLI::App& app, language_request& out) {
  add_model_placement(app, out.training.placement);
  add_node_options(app, out.training);
}

caf::expected<opened_language> open_language(file_system& files,
                                             const language_request& text) {
  auto dir = absolute(text.model);
  if (!dir)
    return dir.error();
  auto from = commit_choice::open(files, *dir);
  if (!from)
    return from.error();
  auto with = read_language(*dir);
  if (!with)
    return with.error();
  return opened_language{std::move(*from), std::move(*with)};
}

caf::expected<std::vector<token_id>> chosen_prompt(const language_request& text,
                                                   const language& with) {
  if (!text.prompt_tokens.empty())
    return parse_tokens(text.prompt_tokens);
  return tokens_of_prompt(with, text.prompt);
}

generate_tokens asked_for(const language_request& text, const language& with,
                          std::vector<token_id> prompt) {
  auto result = text.how;
  take_ends(with, result);
  result.prompt = std::move(prompt);
  return result;
}

caf::expected<chosen_language> choose_language(const language_request& text,
                                               commit_choice& from,
                                               std::string_view command,
                                               const stop_signal& stop) {
  auto commit = text.commit.empty() ? from.newest() : from.named(text.commit);
  if (!commit)
    return commit.error();
  auto training = text.training;
  auto options = answering_session(training, from.reader(), commit->what,
                                   command, stop);
  if (!options)
    return options.error();
  return chosen_language{std::move(*commit), std::move(*options)};
}

caf::expected<std::unique_ptr<session>>
deploy_language(const commit_choice& from, const version& commit,
                const session_options& options) {
  auto on = session::open(options);
  if (!on)
    return on;
  if (auto err = load_weights_of(**on, from.reader(), commit.what.id))
    return err;
  return on;
}

} // namespace ganglion::cli
