// Parts of a tokenizer.json that a GGUF file's vocabulary needs whatever its
// tokens are: what blanks become, what a text begins with, tokens of their own.
// Pure functions; which tokens there are is tokenizer.hpp's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace ganglion {

/// Of pieces as SentencePiece has them, in which a blank is U+2581; whether a
/// text has one more in front.
nlohmann::json piece_normalizer(bool has_prefix);
nlohmann::json piece_decoder(bool has_prefix);

/// A token that is looked for before a text is split; special ones have no
/// text when they are decoded.
nlohmann::json added_token(std::uint64_t id, const std::string& text,
                           bool special);

/// A post_processor that puts this token in front, or none.
nlohmann::json
front_token(const std::optional<std::pair<std::uint64_t, std::string>>& x);

} // namespace ganglion
