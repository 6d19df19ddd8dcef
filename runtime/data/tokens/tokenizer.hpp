// Texts as the numbers of tokens, and back: byte pair encoding (Sennrich et al.
// 2016, arXiv 1508.07909), on characters or on bytes, as a tokenizer.json of
// Hugging Face's describes it. Immutable, cheap to copy; threads may share it.
// It makes no tokenizer of texts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "metadata/messages/generation_messages.hpp"
#include "runtime/data/tokens/decoder.hpp"

namespace ganglion {

class tokenizer {
public:
  /// Errors: bad_data naming what is missing, or of a kind that is not known.
  static caf::expected<tokenizer> parse(std::string_view text);

  /// Tokens are numbered from 0 to below this.
  [[nodiscard]] std::size_t size() const noexcept;

  /// Whether its tokens are bytes and nothing else, so that a text may be
  /// encoded piece by piece, and need not be UTF-8.
  [[nodiscard]] bool is_of_bytes() const noexcept;

  /// No token is added at the front; a text that spells a token of its own,
  /// such as <|im_end|>, is that token. Errors: bad_data where the text is not
  /// UTF-8, naming the byte, has characters for which there is no token, or is
  /// more than a pattern of the tokenizer can take.
  [[nodiscard]] caf::expected<std::vector<token_id>>
  encode(std::string_view text) const;

  /// What a prompt begins with; nothing where the file does not say.
  [[nodiscard]] const std::optional<std::vector<token_id>>& front() const;

  /// The bytes of the next token of a text, which may end within a character;
  /// of special ones none.
  [[nodiscard]] std::string decode(token_id token, decoded_text& so_far) const;

  /// All of them, as the bytes of a text.
  [[nodiscard]] std::string decode(const std::vector<token_id>& tokens) const;

private:
  struct parts;

  std::shared_ptr<const parts> parts_;
};

} // namespace ganglion
