// Tokens that are looked for in a text before it is split into words, such as
// <|im_start|>: the leftmost first, of these the longest, some before the text
// is normalised and some after. Immutable once made, and shared by threads.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <nlohmann/json_fwd.hpp>

#include "runtime/data/tokens/normalizer.hpp"
#include "runtime/data/tokens/pair_table.hpp"
#include "runtime/data/tokens/vocabulary.hpp"

namespace ganglion {

class added_tokens {
public:
  using number = pair_table::number;

  struct token {
    /// As it is looked for, and decoded.
    std::string text;
    number id = 0;
    bool special = false;
    bool single_word = false;
    bool takes_blanks_before = false;
    bool takes_blanks_after = false;
  };

  /// A part of a text: a token, or what lies between two.
  struct section {
    std::size_t begin = 0;
    std::size_t end = 0;
    const token* what = nullptr;
  };

  added_tokens(added_tokens&&) = default;
  added_tokens& operator=(added_tokens&&) = default;

  /// They become tokens of the vocabulary. Errors: bad_data naming one.
  static caf::expected<added_tokens> parse(const nlohmann::json& from,
                                           const text_normalizer& normalise,
                                           vocabulary& all);

  /// nullptr where that is none.
  [[nodiscard]] const token* find(number id) const;

  /// The whole text, in sections; by the tokens that are looked for before, or
  /// after, it is normalised.
  [[nodiscard]] std::vector<section> split(std::string_view text,
                                           bool normalised) const;

private:
  added_tokens() = default;

  /// A tree of bytes.
  struct tree {
    std::vector<const token*> ends{nullptr};
    pair_table children;

    void add(const token& x);
    /// The longest that begins at this byte of the text.
    [[nodiscard]] const token* longest_at(std::string_view text) const;
  };

  caf::error add(const nlohmann::json& from, const text_normalizer& normalise,
                 vocabulary& all);

  /// Addresses of its elements stay.
  std::unordered_map<number, token> tokens_;
  tree raw_;
  tree normalised_;
};

} // namespace ganglion
