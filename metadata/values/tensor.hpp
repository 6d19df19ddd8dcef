// A float32 matrix [rows x columns], row-major, immutable and reference
// counted: copying shares the values, so a message within a process moves a
// pointer. A row is one sample; columns are neurons x values per neuron.
// `matrix` is the writable form, owned by one thread until it is frozen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "metadata/values/buffer_pool.hpp"

namespace ganglion {

class tensor {
public:
  /// No rows, no columns.
  tensor() = default;

  /// A view of `rows` rows of `columns` floats, `stride` floats apart.
  tensor(std::shared_ptr<const float[]> values, std::size_t rows,
         std::size_t columns, std::size_t stride)
    : values_(std::move(values)),
      rows_(rows),
      columns_(columns),
      stride_(stride) {
    // nop
  }

  /// Copies `values`, which must hold rows x columns floats.
  static tensor copy_of(std::span<const float> values, std::size_t rows,
                        std::size_t columns);

  [[nodiscard]] std::size_t rows() const noexcept {
    return rows_;
  }

  [[nodiscard]] std::size_t columns() const noexcept {
    return columns_;
  }

  /// Floats from the start of a row to the start of the next.
  [[nodiscard]] std::size_t stride() const noexcept {
    return stride_;
  }

  [[nodiscard]] std::size_t size() const noexcept {
    return rows_ * columns_;
  }

  [[nodiscard]] bool empty() const noexcept {
    return size() == 0;
  }

  /// Whether rows follow each other without a gap.
  [[nodiscard]] bool contiguous() const noexcept {
    return stride_ == columns_ || rows_ <= 1;
  }

  [[nodiscard]] const float* data() const noexcept {
    return values_.get();
  }

  [[nodiscard]] std::span<const float> row(std::size_t i) const noexcept {
    return {values_.get() + i * stride_, columns_};
  }

  /// The columns first, ..., first + count - 1, sharing the values.
  [[nodiscard]] tensor columns(std::size_t first, std::size_t count) const;

  /// The rows first, ..., first + count - 1, sharing the values.
  [[nodiscard]] tensor rows(std::size_t first, std::size_t count) const;

  /// All values, row by row.
  [[nodiscard]] std::vector<float> to_vector() const;

  /// Same shape and the same bits (so NaN equals itself, and 0 is not -0).
  friend bool operator==(const tensor& a, const tensor& b) noexcept;

private:
  std::shared_ptr<const float[]> values_;
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  std::size_t stride_ = 0;
};

/// A writable, contiguous matrix.
class matrix {
public:
  matrix() = default;

  /// Values are not initialised.
  matrix(std::size_t rows, std::size_t columns)
    : values_(take_buffer(rows * columns)), rows_(rows), columns_(columns) {
    // nop
  }

  [[nodiscard]] std::size_t rows() const noexcept {
    return rows_;
  }

  [[nodiscard]] std::size_t columns() const noexcept {
    return columns_;
  }

  [[nodiscard]] std::size_t size() const noexcept {
    return rows_ * columns_;
  }

  [[nodiscard]] float* data() noexcept {
    return values_.get();
  }

  [[nodiscard]] const float* data() const noexcept {
    return values_.get();
  }

  [[nodiscard]] std::span<float> row(std::size_t i) noexcept {
    return {values_.get() + i * columns_, columns_};
  }

  [[nodiscard]] std::span<float> values() noexcept {
    return {values_.get(), size()};
  }

  /// Copies `part` into the columns that start at `first_column`.
  void assign_columns(std::size_t first_column, const tensor& part);

  /// Adds `x`, of the same shape, element by element.
  void add(const tensor& x);

  /// Gives the values up for reading only; leaves this empty.
  tensor freeze() &&;

private:
  std::shared_ptr<float[]> values_;
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
};

/// Serves every inspector of CAF. The values go as one run of bytes, never
/// element by element (but for text formats); loading from memory never
/// allocates more than is there to read.
template <class Inspector>
bool inspect(Inspector& f, tensor& x);

} // namespace ganglion

#include "metadata/values/tensor_inspect.hpp"
