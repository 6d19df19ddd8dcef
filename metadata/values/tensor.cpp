#include "metadata/values/tensor.hpp"

#include <algorithm>
#include <cstring>

namespace ganglion {

tensor tensor::copy_of(std::span<const float> values, std::size_t rows,
                       std::size_t columns) {
  matrix result{rows, columns};
  std::copy_n(values.begin(), rows * columns, result.data());
  return std::move(result).freeze();
}

tensor tensor::columns(std::size_t first, std::size_t count) const {
  auto view = std::shared_ptr<const float[]>{values_, values_.get() + first};
  return {std::move(view), rows_, count, stride_};
}

tensor tensor::rows(std::size_t first, std::size_t count) const {
  auto begin = values_.get() + first * stride_;
  return {std::shared_ptr<const float[]>{values_, begin}, count, columns_,
          stride_};
}

std::vector<float> tensor::to_vector() const {
  std::vector<float> result;
  result.reserve(size());
  for (std::size_t i = 0; i < rows_; ++i) {
    auto values = row(i);
    result.insert(result.end(), values.begin(), values.end());
  }
  return result;
}

bool operator==(const tensor& a, const tensor& b) noexcept {
  if (a.rows_ != b.rows_ || a.columns_ != b.columns_)
    return false;
  if (a.empty())
    return true;
  for (std::size_t i = 0; i < a.rows_; ++i)
    if (std::memcmp(a.row(i).data(), b.row(i).data(), a.row(i).size_bytes())
        != 0)
      return false;
  return true;
}

void matrix::assign_columns(std::size_t first_column, const tensor& part) {
  for (std::size_t i = 0; i < rows_; ++i)
    std::copy_n(part.row(i).data(), part.columns(),
                row(i).data() + first_column);
}

void matrix::add(const tensor& x) {
  for (std::size_t i = 0; i < rows_; ++i) {
    auto to = row(i).data();
    auto from = x.row(i).data();
    for (std::size_t k = 0; k < columns_; ++k)
      to[k] += from[k];
  }
}

tensor matrix::freeze() && {
  tensor result{std::move(values_), rows_, columns_, columns_};
  rows_ = columns_ = 0;
  return result;
}

} // namespace ganglion
