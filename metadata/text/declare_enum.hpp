// Declares the text and inspection functions of an enum whose name table is in
// its .cpp file (see enum_text.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ganglion::detail {

/// A name in text formats, a number in binary ones. CAF's own helper wants its
/// own string view in 0.18 and the standard one in 1.x.
template <class Inspector, class Enum>
bool inspect_enum(Inspector& f, Enum& x) {
  if (f.has_human_readable_format()) {
    auto get = [&x] { return to_string(x); };
    auto set = [&x](const std::string& text) { return from_string(text, x); };
    return f.apply(get, set);
  }
  auto get = [&x] { return static_cast<std::uint8_t>(x); };
  auto set = [&x](std::uint8_t number) { return from_integer(number, x); };
  return f.apply(get, set);
}

} // namespace ganglion::detail

/// To be used in the namespace of the enum, whose underlying type is uint8_t.
#define GANGLION_DECLARE_ENUM(type)                                            \
  std::string to_string(type x);                                               \
  bool from_string(std::string_view text, type& x);                            \
  bool from_integer(std::uint8_t number, type& x);                             \
  template <class Inspector>                                                   \
  bool inspect(Inspector& f, type& x) {                                        \
    return ::ganglion::detail::inspect_enum(f, x);                             \
  }
