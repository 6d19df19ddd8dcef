// What a language model's directory says of texts: its configuration and its
// tokenizer, put there when it was imported or made. Plain values; weights are
// the store's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "runtime/data/tokens/tokenizer.hpp"
#include "runtime/model_store/files/file_system.hpp"
#include "runtime/model_store/huggingface/config.hpp"

namespace ganglion::cli {

struct language {
  hf_config config;
  /// None where there is no tokenizer that is known, and `why`.
  std::optional<tokenizer> words;
  caf::error why;
};

/// What a prompt begins with: as the tokenizer has it, where its file says so,
/// else as the configuration has it.
std::vector<token_id> front_of(const language& with);

/// A text with what goes before it. Errors: bad_argument where there is no
/// tokenizer; those of tokenizer::encode.
caf::expected<std::vector<token_id>> tokens_of_prompt(const language& with,
                                                      std::string_view text);

/// Has a text end where the model says so, and at its longest sequence.
void take_ends(const language& with, generate_tokens& to);

/// Writes both beside the network of a model that is new, so that texts can be
/// gone on with; `words`: a tokenizer.json, or null. Errors: system.
caf::error write_language(file_system& files, const std::string& dir,
                          const hf_config& config, const std::string* words);

/// Errors: bad_model where it is no language model's, bad_data.
caf::expected<language> read_language(const std::string& dir);

} // namespace ganglion::cli
