// The vocabulary of a text that has no tokenizer: its bytes. Written as a
// tokenizer.json, so that who goes on with a text needs nothing else. Pure
// functions.
#pragma once

#include <bitset>
#include <string>

namespace ganglion {

/// Which bytes there are.
using byte_set = std::bitset<256>;

/// A tokenizer.json of as many tokens as there are bytes in `x`, in order.
std::string byte_tokenizer(const byte_set& x);

} // namespace ganglion
