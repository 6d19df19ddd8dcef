// Declares the text and inspection functions of an enum whose name table is in
// its .cpp file (see enum_text.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <caf/default_enum_inspect.hpp>

/// To be used in the namespace of the enum, whose underlying type is uint8_t.
#define GANGLION_DECLARE_ENUM(type)                                            \
  std::string to_string(type x);                                               \
  bool from_string(std::string_view text, type& x);                            \
  bool from_integer(std::uint8_t number, type& x);                             \
  template <class Inspector>                                                   \
  bool inspect(Inspector& f, type& x) {                                        \
    return caf::default_enum_inspect(f, x);                                    \
  }
