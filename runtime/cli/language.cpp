#include "runtime/cli/language.hpp"

#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/input.hpp"

namespace ganglion::cli {

namespace {

caf::expected<std::string> read_companion(const std::string& dir,
                                          const std::string& name) {
  constexpr std::size_t most = std::size_t{1} << 28;
  return read_input(dir + "/" + name, errc::bad_model, most);
}

} // namespace

std::vector<token_id> front_of(const language& with) {
  if (with.words && with.words->front())
    return *with.words->front();
  if (with.config.first_token < 0)
    return {};
  return {static_cast<token_id>(with.config.first_token)};
}

caf::expected<std::vector<token_id>> tokens_of_prompt(const language& with,
                                                      std::string_view text) {
  if (!with.words)
    return make_failure(errc::bad_argument,
                        fmt::format("a prompt of words needs a tokenizer, and "
                                    "there is none: {}; tokens go by their "
                                    "numbers ('ganglion generate "
                                    "--prompt-tokens')",
                                    explain(with.why)));
  auto tokens = with.words->encode(text);
  if (!tokens)
    return tokens.error();
  auto result = front_of(with);
  result.insert(result.end(), tokens->begin(), tokens->end());
  return result;
}

void take_ends(const language& with, generate_tokens& to) {
  to.last_token = with.config.last_token;
  to.positions = with.config.positions;
}

caf::error write_language(file_system& files, const std::string& dir,
                          const hf_config& config, const std::string* words) {
  auto made = write_once(files, dir + "/config.json", to_text(config));
  if (made && words)
    made = write_once(files, dir + "/tokenizer.json", *words);
  if (!made)
    return made.error();
  return {};
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

} // namespace ganglion::cli
