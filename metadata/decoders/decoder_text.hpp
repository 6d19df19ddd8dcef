// Decoders as a user types them, such as gpt:blocks=4,width=128,heads=4,
// context=64 or llama:blocks=2,width=64,heads=4,kv=2. Pure functions; what the
// sizes become is in decoder_network.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "metadata/decoders/decoder_network.hpp"

namespace ganglion {

/// Whether a network's text is of this kind; it may be wrong all the same.
bool is_decoder_text(std::string_view text) noexcept;

/// What the text says; `tokens` is 0 where it leaves them to the data, and
/// `positions` where a network that turns positions says no context. Errors:
/// bad_argument, naming the text.
caf::expected<decoder_shape> parse_decoder(std::string_view text);

/// The text of a decoder that says how many tokens there are, too.
std::string with_tokens(std::string_view text, std::uint64_t tokens);

/// The network itself; blocks of so many neurons, or 0 for what is usual.
/// Errors: bad_argument, also where the text leaves the tokens to the data;
/// bad_network.
caf::expected<network> parse_decoder_network(std::string_view text,
                                             std::uint64_t block_size);

} // namespace ganglion
