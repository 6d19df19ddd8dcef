// A text as what a network learns to go on with: a run of tokens, and windows
// of so many of them, each a sequence whose every position is to say the next
// token. Holds the tokens once, shared and unchanged; rows are made when they
// are asked for. A value; threads may read it at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "metadata/values/tensor.hpp"
#include "runtime/data/tokens/tokenizer.hpp"

namespace ganglion {

/// Rows that are asked or learned from together.
struct labelled_rows {
  tensor samples;
  tensor labels;
};

class token_windows {
public:
  /// No text at all.
  token_windows() = default;

  /// A window has `context` tokens, at least 1, and one that follows: there are
  /// more tokens than that.
  token_windows(std::shared_ptr<const std::vector<token_id>> tokens,
                std::uint64_t context)
    : tokens_(std::move(tokens)), count_(tokens_->size()), context_(context) {
    // nop
  }

  [[nodiscard]] bool empty() const noexcept {
    return !tokens_;
  }

  [[nodiscard]] std::uint64_t context() const noexcept {
    return context_;
  }

  [[nodiscard]] std::span<const token_id> tokens() const noexcept {
    return empty() ? std::span<const token_id>{}
                   : std::span{*tokens_}.subspan(first_, count_);
  }

  /// Windows of an epoch; they lie side by side, from wherever `shift` says.
  [[nodiscard]] std::size_t size() const noexcept;

  /// As many as there are from the first token on.
  [[nodiscard]] std::size_t all() const noexcept {
    return empty() ? 0 : (count_ - 1) / context_;
  }

  /// Where the first window of an epoch begins: drawn from seed and epoch, so
  /// that the text is cut elsewhere each time.
  [[nodiscard]] std::uint64_t shift(std::uint64_t seed,
                                    std::uint64_t epoch) const;

  /// Tokens first, ..., first + count - 1 of these, more than a window has.
  [[nodiscard]] token_windows part(std::size_t first, std::size_t count) const;

  /// Of windows by number, one after the other: samples [windows x context]
  /// rows of metadata/layers/row_layout.hpp, each of `conversation`, from
  /// position 0 on; labels, the tokens that follow.
  [[nodiscard]] labelled_rows rows(std::span<const std::uint32_t> windows,
                                   std::uint64_t shift,
                                   std::uint64_t conversation = 0) const;

private:
  std::shared_ptr<const std::vector<token_id>> tokens_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::uint64_t context_ = 0;
};

} // namespace ganglion
