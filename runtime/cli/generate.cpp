// ganglion generate: deploy a language model, and go on with a text. Tokens are
// shown as they come.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "metadata/text/input.hpp"
#include "metadata/text/names.hpp"
#include "metadata/text/number_text.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/commit_choice.hpp"
#include "runtime/cli/model.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/generation/generator.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/files/writable_file.hpp"
#include "runtime/model_store/formats/npy_header.hpp"
#include "runtime/model_store/huggingface/config.hpp"

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
  generation_options how;
  bool json = false;
};

/// What the model's directory says of texts.
struct language {
  hf_config config;
  /// None where there is no tokenizer that is known, and `why`.
  std::optional<tokenizer> words;
  caf::error why;
};

caf::expected<std::string> read_companion(const std::string& dir,
                                          const std::string& name) {
  constexpr std::size_t most = std::size_t{1} << 28;
  return read_input(dir + "/" + name, errc::bad_model, most);
}

caf::expected<language> read_language(const std::string& dir) {
  auto text = read_companion(dir, "config.json");
  if (!text)
    return text.error();
  auto config = parse_hf_config(*text);
  if (!config)
    return config.error();
  language result{std::move(*config), std::nullopt, {}};
  text = read_companion(dir, "tokenizer.json");
  auto words = text ? tokenizer::parse(*text)
                    : caf::expected<tokenizer>{text.error()};
  if (words)
    result.words = std::move(*words);
  else
    result.why = words.error();
  return result;
}

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

caf::expected<std::vector<token_id>> prompt_of(const generate_text& text,
                                               const language& with) {
  if (!text.prompt_tokens.empty())
    return parse_tokens(text.prompt_tokens);
  if (!with.words)
    return make_failure(errc::bad_argument,
                        fmt::format("a prompt of words needs a tokenizer, and "
                                    "there is none: {}; give --prompt-tokens",
                                    explain(with.why)));
  auto result = with.words->encode(text.prompt);
  if (result && with.config.first_token >= 0)
    result->insert(result->begin(),
                   static_cast<token_id>(with.config.first_token));
  return result;
}

/// Shows what comes, and notices where a text ends that was asked for.
class listener {
public:
  listener(const generate_text& text, const language& with,
           const stop_signal& stop)
    : text_(text), with_(with), stop_(stop) {
    // nop
  }

  bool take(token_id token) {
    auto next = with_.words ? with_.words->decode(token, shown_.empty())
                            : fmt::format("{} ", token);
    shown_ += next;
    auto end = text_.stop.empty() ? shown_.npos : shown_.find(text_.stop);
    if (end != shown_.npos) {
      shown_.resize(end);
      return false;
    }
    if (!text_.json) {
      fmt::print("{}", next);
      std::fflush(stdout);
    }
    return !stop_.requested();
  }

  [[nodiscard]] const std::string& text() const noexcept {
    return shown_;
  }

private:
  const generate_text& text_;
  const language& with_;
  const stop_signal& stop_;
  std::string shown_;
};

/// The scores of all positions, for a file.
class score_table {
public:
  void take(std::uint64_t first, const tensor& scores) {
    columns_ = scores.columns();
    values_.resize((first + scores.rows()) * columns_);
    for (std::size_t r = 0; r < scores.rows(); ++r)
      std::ranges::copy(
        scores.row(r),
        values_.begin() + static_cast<std::ptrdiff_t>((first + r) * columns_));
  }

  [[nodiscard]] caf::error write(const std::string& path) const {
    auto out = writable_file::open(path);
    if (!out)
      return out.error();
    auto err = out->write(npy_header(
      {values_.size() / std::max<std::size_t>(columns_, 1), columns_}));
    if (!err)
      err = out->write(std::as_bytes(std::span{values_}));
    return err ? err : out->finish();
  }

private:
  std::size_t columns_ = 0;
  std::vector<float> values_;
};

void print_result(const generate_text& text, const listener& shown,
                  const std::vector<token_id>& tokens, double seconds) {
  auto speed = static_cast<double>(tokens.size()) / seconds;
  if (text.json) {
    nlohmann::json all{
      {"text", shown.text()}, {"tokens", tokens}, {"tokens_per_second", speed}};
    fmt::print("{}\n", all.dump(-1, ' ', false,
                                nlohmann::json::error_handler_t::replace));
    return;
  }
  fmt::print("\n");
  print_aside(
    fmt::format("{} tokens, {:.1f} per second", tokens.size(), speed));
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

caf::error run_generate(const generate_text& text, const stop_signal& stop) {
  auto files = make_posix_files();
  auto dir = absolute(text.model);
  if (!dir)
    return dir.error();
  auto from = commit_choice::open(*files, *dir);
  if (!from)
    return from.error();
  auto commit = text.commit.empty() ? from->newest() : from->named(text.commit);
  if (!commit)
    return commit.error();
  auto with = read_language(*dir);
  if (!with)
    return with.error();
  auto prompt = prompt_of(text, *with);
  if (!prompt)
    return prompt.error();
  auto on = open_session(text, *from, commit->what, stop);
  if (!on)
    return on.error();
  model_place place{from->reader().dir(), from->reader().network_hash()};
  auto loaded = (*on)->ask<commit_loaded>(
    load_commit{place, commit->what.id, true});
  if (!loaded)
    return loaded.error();
  auto how = text.how;
  how.last_token = with->config.last_token;
  how.positions = with->config.positions;
  listener shown{text, *with, stop};
  auto begin = std::chrono::steady_clock::now();
  score_table scores;
  generation_listener told{[&](token_id x) { return shown.take(x); }, {}};
  if (!text.logits.empty())
    told.read = [&](std::uint64_t first, const tensor& x) {
      scores.take(first, x);
    };
  auto tokens = generate((*on)->self(), (*on)->engine(), (*on)->net(), *prompt,
                         how, told);
  if (!tokens)
    return tokens.error();
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  print_result(text, shown, *tokens, took.count());
  return text.logits.empty() ? caf::error{} : scores.write(text.logits);
}

void add_sampling(CLI::App& app, generation_options& out) {
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
  command->add_option("--stop", text->stop, "End where this text comes");
  command->add_option("--logits", text->logits,
                      "Write the scores of all positions to FILE.npy");
  command
    ->add_option("--chunk", text->how.chunk,
                 "Positions of the prompt that are read at once")
    ->check(CLI::Range(1, 256))
    ->capture_default_str();
  command->add_flag("--json", text->json,
                    "Print an object with text and tokens at the end");
  add_placement_options(*command, text->training.placement);
  for (auto option : {"--network", "--block-size"})
    command->remove_option(command->get_option(option));
  command->add_option("--threads", text->training.threads,
                      "Compute threads per node (default: all cores, shared)");
  add_peer_timeout(*command, text->training.peer_timeout);
  add_log_level(*command, text->training.log_level);
  command->footer("Example: ganglion generate --model my-model --prompt "
                  "\"Once upon a time\"");
  command->callback([&out, text] {
    out.run = [text](const stop_signal& stop) {
      return run_generate(*text, stop);
    };
  });
}

} // namespace ganglion::cli
