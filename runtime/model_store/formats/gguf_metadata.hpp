// What a GGUF file says beside its arrays: keys such as llama.block_count, and
// their values. Plain values; what they mean is known elsewhere, and reading
// them out of a file is gguf_header's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ganglion {

/// Whole numbers of all sizes are of 64 bits. A float32 is the shortest decimal
/// that rounds to it: 1e-05 is what was meant.
using gguf_value
  = std::variant<bool, std::uint64_t, std::int64_t, double, std::string,
                 std::vector<std::string>, std::vector<double>>;

class gguf_metadata {
public:
  /// False where the key has a value.
  bool add(std::string key, gguf_value value) {
    return values_.emplace(std::move(key), std::move(value)).second;
  }

  /// Null where there is none.
  [[nodiscard]] const gguf_value* find(std::string_view key) const {
    auto i = values_.find(key);
    return i == values_.end() ? nullptr : &i->second;
  }

  /// Null where there is none, or it is of another type.
  template <class T>
  [[nodiscard]] const T* find_as(std::string_view key) const {
    const auto* found = find(key);
    return found ? std::get_if<T>(found) : nullptr;
  }

  /// None where there is none, or it is no whole number from 0 on.
  [[nodiscard]] std::optional<std::uint64_t>
  whole_number(std::string_view key) const {
    if (const auto* x = find_as<std::uint64_t>(key))
      return *x;
    const auto* x = find_as<std::int64_t>(key);
    if (!x || *x < 0)
      return std::nullopt;
    return static_cast<std::uint64_t>(*x);
  }

  [[nodiscard]] const std::map<std::string, gguf_value, std::less<>>&
  all() const noexcept {
    return values_;
  }

private:
  std::map<std::string, gguf_value, std::less<>> values_;
};

} // namespace ganglion
