// A text in pieces, in order and without gaps; empty ones are left out. A
// value.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ganglion {

class text_pieces {
public:
  text_pieces() = default;

  /// One piece. `at_start`: whether the whole text begins with it.
  text_pieces(std::string text, bool at_start)
    : text_(std::move(text)), at_start_(at_start) {
    if (!text_.empty())
      ends_.push_back(text_.size());
  }

  [[nodiscard]] std::size_t size() const noexcept {
    return ends_.size();
  }

  [[nodiscard]] std::size_t bytes() const noexcept {
    return text_.size();
  }

  [[nodiscard]] std::string_view operator[](std::size_t i) const {
    auto begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view{text_}.substr(begin, ends_[i] - begin);
  }

  /// Whether the whole text begins with the first piece.
  [[nodiscard]] bool at_start() const noexcept {
    return at_start_;
  }

  void set_at_start(bool x) noexcept {
    at_start_ = x;
  }

  void add(std::string_view piece) {
    text_ += piece;
    if (!piece.empty())
      ends_.push_back(text_.size());
  }

private:
  std::string text_;
  std::vector<std::size_t> ends_;
  bool at_start_ = false;
};

} // namespace ganglion
