// A language model as commands are asked for it: its directory, a commit, nodes
// and placement, a prompt, and how the next token is chosen. Opening reads what
// says of texts; deploying starts nodes and loads the weights. For one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include <caf/expected.hpp>

#include "runtime/cli/commit_choice.hpp"
#include "runtime/cli/language.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/hosting/stop_signal.hpp"

namespace ganglion::cli {

/// As the user typed it.
struct language_request {
  /// Only what is said of placement and nodes.
  training_text training;
  std::string model;
  std::string commit;
  std::string prompt;
  std::string prompt_tokens;
  generate_tokens how;
};

/// --model, which is the result, and --commit.
CLI::Option* add_model_options(CLI::App& app, language_request& out);

/// --prompt, --prompt-tokens and how tokens are chosen.
void add_prompt_options(CLI::App& app, language_request& out);

/// Where the neurons live, and what nodes are told.
void add_language_placement(CLI::App& app, language_request& out);

struct opened_language {
  commit_choice from;
  language with;
};

/// Errors: those of commit_choice::open and read_language.
caf::expected<opened_language> open_language(file_system& files,
                                             const language_request& text);

/// What to go on with. Errors: bad_argument.
caf::expected<std::vector<token_id>> chosen_prompt(const language_request& text,
                                                   const language& with);

/// The request that goes on with a prompt until the model ends the text.
generate_tokens asked_for(const language_request& text, const language& with,
                          std::vector<token_id> prompt);

/// A commit that was chosen, and a session as the request has it.
struct chosen_language {
  version commit;
  session_options options;
};

/// `command`: for whom others find on busy nodes. Errors: those of
/// commit_choice, bad_argument of placement and nodes.
caf::expected<chosen_language> choose_language(const language_request& text,
                                               commit_choice& from,
                                               std::string_view command,
                                               const stop_signal& stop);

/// Starts nodes that have the commit's weights.
caf::expected<std::unique_ptr<session>>
deploy_language(const commit_choice& from, const version& commit,
                const session_options& options);

} // namespace ganglion::cli
