// What a tokenizer changes in a text before it looks for words: forms of
// Unicode, replacements, what is put in front. A list of steps, a kind each;
// immutable, and shared by threads. It splits nothing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <nlohmann/json_fwd.hpp>

namespace ganglion {

class text_normalizer {
public:
  using step = std::function<caf::error(std::string&)>;

  /// Errors: bad_data naming a kind that is not known.
  static caf::expected<text_normalizer> parse(const nlohmann::json& from);

  /// `text` is UTF-8, and stays so. Errors: bad_data where a pattern costs too
  /// much.
  caf::error run(std::string& text) const;

private:
  caf::error read(const nlohmann::json& from, int depth);

  std::vector<step> steps_;
};

} // namespace ganglion
