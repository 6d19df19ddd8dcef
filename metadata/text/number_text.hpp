// Numbers as users write them, in the C locale. Pure.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace ganglion {

/// The number that the whole of a text is; none where it is more or another.
template <class T>
std::optional<T> number_from(std::string_view text) {
  T result{};
  auto end = text.data() + text.size();
  auto [stop, code] = std::from_chars(text.data(), end, result);
  if (code != std::errc{} || stop != end)
    return std::nullopt;
  return result;
}

} // namespace ganglion
