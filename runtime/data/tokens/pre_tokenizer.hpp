// Cuts a text into the words in which pairs are merged, and writes them in the
// characters of the vocabulary (of bytes, or with a mark for blanks). A list of
// steps, a kind each; immutable, and shared by threads.
#pragma once

#include <functional>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <nlohmann/json_fwd.hpp>

#include "runtime/data/tokens/text_pieces.hpp"

namespace ganglion {

class pre_tokenizer {
public:
  using step = std::function<caf::error(text_pieces&)>;

  /// Errors: bad_data naming a kind that is not known, or a pattern.
  static caf::expected<pre_tokenizer> parse(const nlohmann::json& from);

  /// Errors: bad_data where a pattern costs too much.
  caf::error run(text_pieces& text) const;

private:
  caf::error read(const nlohmann::json& from, int depth);

  std::vector<step> steps_;
};

} // namespace ganglion
