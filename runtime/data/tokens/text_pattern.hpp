// What a tokenizer.json looks for in texts: a text, or a regular expression,
// which ICU reads. Such patterns come from strangers: what one costs is
// limited, and what Oniguruma, for which they are written, reads otherwise than
// ICU is refused. Immutable, and shared by threads; a finder is for one.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <nlohmann/json_fwd.hpp>

namespace ganglion {

class text_pattern {
public:
  /// Bytes of a text, and whether they are what was looked for.
  struct span {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool found = false;
  };

  class finder;

  /// {"String": ...} or {"Regex": ...}. Errors: bad_data naming it.
  static caf::expected<text_pattern> parse(const nlohmann::json& from);

  static caf::expected<text_pattern> regex(std::string_view text);

private:
  struct compiled;

  std::string text_;
  /// None: the text itself is looked for.
  std::shared_ptr<const compiled> compiled_;
};

class text_pattern::finder {
public:
  /// Keeps its own part of the pattern.
  explicit finder(const text_pattern& what);
  ~finder();

  finder(const finder&) = delete;
  finder& operator=(const finder&) = delete;

  /// The whole text, in spans. Errors: bad_data where it takes too long, or too
  /// much memory, naming the pattern.
  caf::error find(std::string_view text, std::vector<span>& out);

private:
  struct state;

  caf::error find_regex(std::string_view text, std::vector<span>& out);
  [[nodiscard]] caf::error costs_too_much() const;

  std::string text_;
  std::unique_ptr<state> state_;
};

} // namespace ganglion
