// What the records of a zip archive begin with, how long they are, and what
// some fields say; for zip_writing.cpp and zip_reading.cpp only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ganglion::zip {

inline constexpr std::string_view local_magic{"PK\3\4", 4};
inline constexpr std::string_view central_magic{"PK\1\2", 4};
inline constexpr std::string_view end_magic{"PK\5\6", 4};
/// Of the end with fields of 64 bits, and of what says where that is.
inline constexpr std::string_view large_end_magic{"PK\6\6", 4};
inline constexpr std::string_view locator_magic{"PK\6\7", 4};

inline constexpr std::size_t local_size = 30;
inline constexpr std::size_t central_size = 46;
inline constexpr std::size_t end_size = 22;
inline constexpr std::size_t large_end_size = 56;
inline constexpr std::size_t locator_size = 20;
/// The end is followed by a comment.
inline constexpr std::size_t max_comment = 65535;

inline constexpr std::uint16_t version = 20;
inline constexpr std::uint16_t large_version = 45;
/// Of the extra field with 64 bits.
inline constexpr std::uint16_t large_tag = 1;
inline constexpr std::uint16_t encrypted = 1;
/// 1980-01-01: equal models give equal files.
inline constexpr std::uint16_t date = 0x21;
/// What 32 and 16 bits say where the value is in a field of 64.
inline constexpr std::uint32_t elsewhere = 0xffffffff;
inline constexpr std::uint16_t count_elsewhere = 0xffff;

} // namespace ganglion::zip
