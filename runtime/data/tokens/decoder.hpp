// What a tokenizer makes of its tokens' texts where they become a text again,
// token by token. A list of steps, a kind each; immutable, and shared by
// threads. It knows no tokens.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <nlohmann/json_fwd.hpp>

namespace ganglion {

/// How far a text has come that is decoded token by token.
struct decoded_text {
  /// Tokens that show something.
  bool begun = false;
  /// What was taken from the start of the whole.
  std::size_t stripped = 0;
  bool strips = true;
};

class token_decoder {
public:
  /// What a step sees of a token.
  struct piece {
    std::string text;
    bool first = false;
    /// It is bytes by now, of which maybe not whole characters.
    bool bytes = false;
  };

  using step = std::function<void(piece&)>;

  /// Errors: bad_data naming a kind that is not known.
  static caf::expected<token_decoder> parse(const nlohmann::json& from);

  /// The bytes of the next token.
  std::string next(const std::string& token, decoded_text& so_far) const;

private:
  caf::error read(const nlohmann::json& from, int depth);
  caf::error read_whole(const nlohmann::json& from, std::string_view name);
  void strip(std::string& text, decoded_text& so_far) const;

  std::vector<step> steps_;
  /// What comes after is for the whole text.
  bool fused_ = false;
  /// Where there is no decoder, tokens are words.
  std::string between_;
  std::string stripped_;
  std::size_t most_stripped_ = 0;
};

} // namespace ganglion
