// Texts as the numbers of tokens, and back: byte pair encoding (Sennrich et al.
// 2016, arXiv 1508.07909) as a tokenizer.json of Hugging Face's describes it,
// with bytes for what the vocabulary has no token for. Immutable; threads may
// share it. It makes no tokenizer of texts.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/expected.hpp>

namespace ganglion {

using token_id = std::uint32_t;

class tokenizer {
public:
  /// Errors: bad_data naming what is missing, or of a kind that is not known.
  static caf::expected<tokenizer> parse(std::string_view text);

  /// Tokens are numbered from 0 to below this.
  [[nodiscard]] std::size_t size() const noexcept {
    return pieces_.size();
  }

  /// Whether its tokens are bytes and nothing else, so that a text may be
  /// encoded piece by piece, and need not be UTF-8.
  [[nodiscard]] bool is_of_bytes() const noexcept {
    return numbers_.empty() && prepended_.empty() && replaced_.empty();
  }

  /// No token is added at the front. Errors: bad_data where the text is not
  /// UTF-8, or has bytes for which there is no token.
  [[nodiscard]] caf::expected<std::vector<token_id>>
  encode(std::string_view text) const;

  /// The bytes that a token stands for; of special ones none. `first`: whether
  /// it is the first of a text, whose leading blank is the encoder's.
  [[nodiscard]] std::string decode(token_id token, bool first) const;

  /// All of them, as the bytes of a text.
  [[nodiscard]] std::string decode(const std::vector<token_id>& tokens) const;

private:
  friend class tokenizer_reader;
  class merger;

  struct piece {
    std::string text;
    bool special = false;
    /// Whether it stands for one byte, `text`.
    bool byte = false;
  };

  [[nodiscard]] std::string normalised(std::string_view text) const;
  caf::error split_bytes(std::string_view text,
                         std::vector<token_id>& out) const;
  caf::error split(std::string_view text, std::vector<token_id>& out) const;

  std::vector<piece> pieces_;
  std::unordered_map<std::string, token_id> numbers_;
  /// (left, right) -> (rank, what they become).
  std::map<std::pair<token_id, token_id>, std::pair<std::uint32_t, token_id>>
    merges_;
  /// Of bytes without a token of their own.
  std::vector<token_id> bytes_;
  std::vector<bool> has_byte_;
  /// What a text is changed by, in order: what is put in front, and what takes
  /// the place of what.
  std::string prepended_;
  std::vector<std::pair<std::string, std::string>> replaced_;
  /// The same back.
  std::vector<std::pair<std::string, std::string>> replaced_back_;
  /// Blanks that are taken from the start of a text.
  std::size_t stripped_ = 0;
};

} // namespace ganglion
