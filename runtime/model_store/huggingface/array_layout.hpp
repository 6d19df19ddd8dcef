// Where the parameters of a layer's neurons are in an array of Hugging Face's
// files: what import takes out of it, and export puts in. One mapping for both
// ways. Plain values without the arrays themselves, which are elsewhere.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "metadata/network/network.hpp"
#include "runtime/model_store/formats/array_place.hpp"
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
    return place_.rows * place_.inputs;
  }

  /// Values of a neuron.
  [[nodiscard]] std::uint64_t columns() const noexcept {
    return place_.columns;
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

  [[nodiscard]] const array_place& place() const noexcept {
    return place_;
  }

private:
  array_place place_;
  bool flat_ = false;
};

} // namespace ganglion
