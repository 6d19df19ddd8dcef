// Names of enumerators, one table per enum: serves printing, parsing on the
// command line and CAF's inspectors. A table lists all enumerators from 0 up.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"

namespace ganglion::detail {

using enum_names = std::span<const std::string_view>;

template <class Enum>
std::string name_of(enum_names names, Enum x) {
  auto index = static_cast<std::size_t>(x);
  return index < names.size() ? std::string{names[index]} : "unknown";
}

template <class Enum>
bool value_of(enum_names names, std::string_view text, Enum& x) {
  auto i = std::find(names.begin(), names.end(), text);
  if (i == names.end())
    return false;
  x = static_cast<Enum>(i - names.begin());
  return true;
}

template <class Enum>
bool value_of(enum_names names, std::uint8_t number, Enum& x) {
  if (number >= names.size())
    return false;
  x = static_cast<Enum>(number);
  return true;
}

/// Parses what a user typed; the error lists what is known.
template <class Enum>
caf::expected<Enum> parse(enum_names names, std::string_view what,
                          std::string_view text) {
  Enum result{};
  if (value_of(names, text, result))
    return result;
  return make_failure(errc::bad_argument,
                      fmt::format("unknown {} '{}': use one of {}", what,
                                  printable(text), fmt::join(names, ", ")));
}

} // namespace ganglion::detail

/// Defines it, given the table.
#define GANGLION_DEFINE_ENUM(type, names)                                      \
  std::string to_string(type x) {                                              \
    return detail::name_of(names, x);                                          \
  }                                                                            \
  bool from_string(std::string_view text, type& x) {                           \
    return detail::value_of(names, text, x);                                   \
  }                                                                            \
  bool from_integer(std::uint8_t number, type& x) {                            \
    return detail::value_of(names, number, x);                                 \
  }
