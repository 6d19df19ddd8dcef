// A text that comes token by token: shown as it comes, and ended where a text
// comes that was asked for. For one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "runtime/cli/language.hpp"
#include "runtime/data/tokens/text_stream.hpp"
#include "runtime/generation/generator.hpp"
#include "runtime/hosting/stop_signal.hpp"

namespace ganglion::cli {

class text_view {
public:
  /// What follows a prompt goes on after its last blank. Ends before
  /// `end_text`, where that is not empty; shows nothing if it is `silent`.
  text_view(const language& with, const std::vector<token_id>& prompt,
            std::string end_text, bool silent);

  /// Whether the text goes on.
  bool take(token_id token);

  /// Shows what was held back, since the end might have begun with it, or no
  /// character has ended.
  void finish();

  /// UTF-8, where the end's text is.
  [[nodiscard]] const std::string& text() const noexcept {
    return text_;
  }

private:
  /// Bytes at the end with which the end's text may begin.
  [[nodiscard]] std::size_t begun_end() const;

  /// Whether the text goes on after this part.
  bool add(const std::string& part);
  void show(std::size_t held_back);

  /// None where there is no tokenizer: tokens are shown as numbers.
  std::optional<text_stream> words_;
  std::string end_text_;
  bool silent_;
  std::string text_;
  std::size_t shown_ = 0;
  bool ended_ = false;
};

/// Has a text shown as it comes, and ended by its end or by Ctrl-C. Both live
/// longer.
generation_listener shown_until(text_view& shown, const stop_signal& stop);

} // namespace ganglion::cli
