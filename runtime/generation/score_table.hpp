// The scores of all positions of a text, for a file. A value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <caf/error.hpp>

#include "metadata/values/tensor.hpp"

namespace ganglion {

class score_table {
public:
  /// Of the rows from position `first` on: [rows x tokens].
  void take(std::uint64_t first, const tensor& scores);

  /// As .npy, [positions x tokens]. Errors: those of writable_file.
  [[nodiscard]] caf::error write(const std::string& path) const;

private:
  std::size_t columns_ = 0;
  std::vector<float> values_;
};

} // namespace ganglion
