// The model of a tokenizer: its tokens, and the pairs that merge (byte pair
// encoding, Sennrich et al. 2016, arXiv 1508.07909). Immutable once it is made,
// and shared by threads; words are read by a vocabulary::reader, for one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <nlohmann/json_fwd.hpp>

#include "runtime/data/tokens/pair_table.hpp"
#include "runtime/data/tokens/word_merger.hpp"

namespace ganglion {

class vocabulary {
public:
  using number = pair_table::number;

  class reader;

  vocabulary(vocabulary&&) = default;
  vocabulary& operator=(vocabulary&&) = default;

  /// `added`: how many tokens are not the model's; numbers go on with them.
  /// Errors: bad_data naming what is missing, or not known.
  static caf::expected<vocabulary> parse(const nlohmann::json& model,
                                         std::size_t added);

  /// One above the largest number.
  [[nodiscard]] std::size_t size() const noexcept {
    return texts_.size();
  }

  /// As the file has it; empty where a number has no token.
  [[nodiscard]] const std::string& text(number token) const {
    return texts_[token];
  }

  [[nodiscard]] std::optional<number> find(std::string_view text) const;

  /// Whether all of its tokens are bytes.
  [[nodiscard]] bool has_bytes_alone() const;

  /// Adds a token that no merge makes, or says that it is there. Errors:
  /// bad_data where text or number are another's.
  caf::error add(const std::string& text, const nlohmann::json& id);

private:
  vocabulary() = default;

  caf::error read_options(const nlohmann::json& model);
  caf::error read_merges(const nlohmann::json& model);

  /// Tokens of the model's and added ones.
  std::size_t most_ = 0;
  std::vector<std::string> texts_;
  /// Views of texts_, which never grows: it is made as large as `most_`.
  std::unordered_map<std::string_view, number> numbers_;
  pair_table merges_;
  /// Of characters below this, found at once; the others by numbers_.
  std::array<number, 128> ascii_{};
  /// Tokens "<0x00>" and so on, where there are any and they may be used.
  std::array<number, 256> bytes_{};
  std::optional<number> unknown_;
  bool fuses_unknown_ = false;
  bool ignores_merges_ = false;
};

class vocabulary::reader {
public:
  /// `of` lives longer.
  explicit reader(const vocabulary& of) : of_(of) {
    // nop
  }

  /// Appends the tokens of a word. Errors: bad_data where a character has none.
  caf::error read(std::string_view word, std::vector<number>& out);

  /// The same, byte by byte, whatever they spell.
  caf::error read_bytes(std::string_view text, std::vector<number>& out);

private:
  caf::error add_symbols(std::string_view word);
  bool add_bytes(std::string_view character);
  caf::error add_unknown(std::string_view character);
  caf::error merge(std::string_view word, std::vector<number>& out);

  const vocabulary& of_;
  word_merger merger_;
  std::vector<number> symbols_;
  bool unknown_waits_ = false;
  /// Tokens of words that came before: (begin, count) in `kept_`.
  std::unordered_map<std::string, std::pair<std::size_t, std::size_t>> known_;
  std::vector<number> kept_;
  std::string key_;
};

} // namespace ganglion
