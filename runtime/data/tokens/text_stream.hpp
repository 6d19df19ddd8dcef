// A text that comes token by token, in whole characters: what a token begins
// and does not end waits for the next. For one thread.
#pragma once

#include <string>
#include <utility>

#include "runtime/data/tokens/tokenizer.hpp"

namespace ganglion {

class text_stream {
public:
  explicit text_stream(tokenizer with) : with_(std::move(with)) {
    // nop
  }

  /// The characters that end with this token, as UTF-8; what can be none
  /// becomes U+FFFD.
  std::string take(token_id token);

  /// What still waits, of which no character will come, as U+FFFD.
  std::string finish();

private:
  tokenizer with_;
  decoded_text so_far_;
  std::string waiting_;
};

} // namespace ganglion
