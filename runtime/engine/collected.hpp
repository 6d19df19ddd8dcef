// What an engine asks its nodes for slice by slice, put together: parameters
// and outputs of some neurons of one layer. Plain data, for parameters.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include <caf/error.hpp>

#include "metadata/messages/messages.hpp"

namespace ganglion {

class row_collection {
public:
  /// `columns`: parameters of a neuron.
  row_collection(neuron_range range, std::uint64_t columns)
    : range_(range), columns_(columns) {
    // nop
  }

  void add(const parameter_slice& x);

  /// Once, when all of them are there.
  parameters finish(std::uint64_t step);

private:
  neuron_range range_;
  std::uint64_t columns_;
  std::vector<matrix> arrays_;
};

class output_collection {
public:
  /// `values`: answers of a neuron to one sample.
  output_collection(neuron_range range, std::uint64_t values)
    : range_(range), values_(values) {
    // nop
  }

  void add(const output_slice& x);

  /// An error where slices do not fit together.
  [[nodiscard]] const caf::error& odd() const noexcept {
    return odd_;
  }

  /// Once, when all of them are there.
  kept_outputs finish();

private:
  neuron_range range_;
  std::uint64_t values_;
  matrix outputs_;
  caf::error odd_;
};

} // namespace ganglion
