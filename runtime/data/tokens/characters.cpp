#include "runtime/data/tokens/characters.hpp"

#include <array>
#include <cstdint>

#include <unicode/uchar.h>
#include <unicode/utf8.h>

namespace ganglion::characters {

namespace {

/// Lengths of texts are below 2 GiB.
using offset = std::int32_t;

UChar32 character_at(std::string_view text, offset& i) {
  UChar32 c = -1;
  // NOLINTNEXTLINE: ICU's own macro
  U8_NEXT(text.data(), i, static_cast<offset>(text.size()), c);
  return c;
}

UChar32 character_before(std::string_view text, offset& i) {
  UChar32 c = -1;
  // NOLINTNEXTLINE: ICU's own macro
  U8_PREV(text.data(), 0, i, c);
  return c;
}

void append(std::string& to, UChar32 c) {
  std::array<char, U8_MAX_LENGTH> bytes{};
  offset size = 0;
  // NOLINTNEXTLINE: ICU's own macro
  U8_APPEND_UNSAFE(bytes.data(), size, c);
  to.append(bytes.data(), static_cast<std::size_t>(size));
}

bool is_in_word(UChar32 c) {
  constexpr auto kinds = U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
  return c >= 0
         && (u_hasBinaryProperty(c, UCHAR_ALPHABETIC) != 0
             || (U_GET_GC_MASK(c) & kinds) != 0
             || u_hasBinaryProperty(c, UCHAR_JOIN_CONTROL) != 0);
}

/// What GPT-2 shows as it is: visible characters of Latin-1.
bool is_shown(UChar32 byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte != 0xad);
}

struct byte_table {
  std::array<std::string, 256> characters;
  /// From character to byte; -1: none.
  std::array<std::int16_t, 512> bytes{};

  byte_table() {
    bytes.fill(-1);
    UChar32 next = 256;
    for (UChar32 i = 0; i < 256; ++i) {
      auto c = is_shown(i) ? i : next++;
      append(characters[static_cast<std::size_t>(i)], c);
      bytes[static_cast<std::size_t>(c)] = static_cast<std::int16_t>(i);
    }
  }
};

const byte_table& table_of_bytes() {
  static const byte_table result;
  return result;
}

} // namespace

std::size_t first_fault(std::string_view text) {
  for (offset i = 0; i < static_cast<offset>(text.size());) {
    auto begin = i;
    if (character_at(text, i) < 0)
      return static_cast<std::size_t>(begin);
  }
  return none;
}

std::size_t size_of_first(std::string_view text) {
  offset i = 0;
  character_at(text, i);
  return static_cast<std::size_t>(i);
}

std::size_t blank_at_start(std::string_view text) {
  offset end = 0;
  for (offset i = 0; i < static_cast<offset>(text.size()); end = i)
    if (u_isUWhiteSpace(character_at(text, i)) == 0)
      break;
  return static_cast<std::size_t>(end);
}

std::size_t blank_at_end(std::string_view text) {
  auto begin = static_cast<offset>(text.size());
  for (auto i = begin; i > 0; begin = i)
    if (u_isUWhiteSpace(character_before(text, i)) == 0)
      break;
  return text.size() - static_cast<std::size_t>(begin);
}

bool begins_in_word(std::string_view text) {
  offset i = 0;
  return !text.empty() && is_in_word(character_at(text, i));
}

bool ends_in_word(std::string_view text) {
  auto i = static_cast<offset>(text.size());
  return !text.empty() && is_in_word(character_before(text, i));
}

std::string lower_case(std::string_view text) {
  constexpr UChar32 dotted_capital_i = 0x130;
  std::string result;
  for (offset i = 0; i < static_cast<offset>(text.size());) {
    auto c = character_at(text, i);
    // The only one that becomes two.
    if (c == dotted_capital_i)
      result += "i\u0307";
    else
      append(result, u_tolower(c));
  }
  return result;
}

std::size_t begun_at_end(std::string_view bytes) {
  auto size = static_cast<offset>(bytes.size());
  auto kept = size;
  // NOLINTNEXTLINE: ICU's own macro
  U8_TRUNCATE_IF_INCOMPLETE(bytes.data(), 0, kept);
  return static_cast<std::size_t>(size - kept);
}

std::string made_valid(std::string_view bytes) {
  std::string result;
  for (offset i = 0; i < static_cast<offset>(bytes.size());) {
    auto c = character_at(bytes, i);
    append(result, c < 0 ? 0xfffd : c);
  }
  return result;
}

std::string bytes_as_characters(std::string_view bytes) {
  const auto& table = table_of_bytes().characters;
  std::string result;
  result.reserve(bytes.size() + bytes.size() / 4);
  for (auto c : bytes)
    result += table[static_cast<unsigned char>(c)];
  return result;
}

std::string characters_as_bytes(std::string_view text) {
  const auto& table = table_of_bytes().bytes;
  std::string result;
  for (offset i = 0; i < static_cast<offset>(text.size());) {
    auto c = character_at(text, i);
    auto byte = c >= 0 && c < static_cast<UChar32>(table.size())
                  ? table[static_cast<std::size_t>(c)]
                  : -1;
    if (byte < 0)
      return std::string{text};
    result += static_cast<char>(byte);
  }
  return result;
}

} // namespace ganglion::characters
