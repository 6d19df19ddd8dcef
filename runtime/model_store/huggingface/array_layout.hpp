// Where the parameters of a layer's neurons are in an array of Hugging Face's
// files: what import takes out of it, and export puts in. One mapping for both
// ways. Plain values without the arrays themselves, which are elsewhere.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "metadata/network/network.hpp"
#include "runtime/model_store/huggingface/network.hpp"

namespace ganglion {

class hf_layout {
public:
  /// Of a source with an array.
  hf_layout(const network& net, const hf_source& x);

  /// As a file has it.
  [[nodiscard]] std::vector<std::uint64_t> shape() const;

  /// Values of the array.
  [[nodiscard]] std::uint64_t size() const noexcept {
    return rows_ * inputs_;
  }

  /// Values of a neuron.
  [[nodiscard]] std::uint64_t columns() const noexcept {
    return columns_;
  }

  /// A neuron's values, of the whole array.
  void take(std::span<const float> array, std::uint64_t neuron,
            std::span<float> to) const;

  /// Into the whole array.
  void put(std::span<const float> from, std::uint64_t neuron,
           std::span<float> array) const;

  /// Whether the array has these values for a neuron, to the bit.
  [[nodiscard]] bool has(std::span<const float> values, std::uint64_t neuron,
                         std::span<const float> array) const;

private:
  /// Calls `f` with the place in a neuron's values and that in the array.
  template <class F>
  void each(std::uint64_t neuron, F f) const;

  std::uint64_t columns_ = 0;
  /// Of all neurons and of all parts that share the array.
  std::uint64_t rows_ = 0;
  std::uint64_t inputs_ = 1;
  /// Rows of a neuron, and the first one of the first neuron.
  std::uint64_t own_rows_ = 0;
  std::uint64_t first_row_ = 0;
  bool flat_ = false;
  bool transposed_ = false;
  bool shared_ = false;
};

} // namespace ganglion
