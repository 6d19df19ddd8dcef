// Characters of UTF-8: where a text is none, which are blanks or parts of
// words, and the characters that stand for bytes in tokens on bytes (as GPT-2
// writes them: printable ones for themselves, others from U+0100 on). Pure
// functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ganglion::characters {

inline constexpr std::size_t none = static_cast<std::size_t>(-1);

/// The offset of the first byte that is not UTF-8; `none` where all is.
std::size_t first_fault(std::string_view text);

/// The bytes of the character that a text of UTF-8 begins with; of a lone byte
/// of another text, 1.
std::size_t size_of_first(std::string_view text);

/// Bytes of white space (Unicode's White_Space) at the start, and at the end.
std::size_t blank_at_start(std::string_view text);
std::size_t blank_at_end(std::string_view text);

/// Whether the first, or the last, character is one of a word.
bool begins_in_word(std::string_view text);
bool ends_in_word(std::string_view text);

/// Character by character, as Unicode's default mapping has it.
std::string lower_case(std::string_view text);

/// Bytes at the end that begin a character, and do not end it.
std::size_t begun_at_end(std::string_view bytes);

/// What is not UTF-8 becomes U+FFFD.
std::string made_valid(std::string_view bytes);

/// Each byte as its character.
std::string bytes_as_characters(std::string_view bytes);

/// Back; a text with other characters than those of bytes stays as it is.
std::string characters_as_bytes(std::string_view text);

} // namespace ganglion::characters
