// The scores of all positions of a text, for a file or to be compared. A value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <caf/error.hpp>

#include "metadata/values/tensor.hpp"

namespace ganglion {

class score_table {
public:
  /// Of the rows from position `first` on: [rows x tokens].
  void take(std::uint64_t first, const tensor& scores);

  [[nodiscard]] std::size_t positions() const noexcept;

  /// SHA-256 over all of them, in hexadecimal.
  [[nodiscard]] std::string digest() const;

  /// The first position whose scores are not the same bits, or that one of the
  /// two does not have.
  [[nodiscard]] std::optional<std::size_t>
  first_difference(const score_table& other) const;

  /// As .npy, [positions x tokens]. Errors: those of writable_file.
  [[nodiscard]] caf::error write(const std::string& path) const;

private:
  std::size_t columns_ = 0;
  std::vector<float> values_;
};

} // namespace ganglion
