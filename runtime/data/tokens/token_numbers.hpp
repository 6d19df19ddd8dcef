// Reads a file of token numbers: an .npy of whole numbers, or a text of numbers
// between blanks, line ends or commas. Reads piece by piece; keeps nothing.
#pragma once

#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/data/tokens/tokenizer.hpp"

namespace ganglion {

struct token_numbers {
  std::vector<token_id> tokens;
  /// For people: "an array of <u2".
  std::string what;
};

/// Errors: bad_data naming the file and what is wrong with it: a number that is
/// none, or no token (2^24 and above); an array of something else; an early
/// end.
caf::expected<token_numbers> read_token_numbers(const std::string& path);

} // namespace ganglion
