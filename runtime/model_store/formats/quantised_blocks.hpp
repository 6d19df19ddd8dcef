// How GGUF files write values: which types there are, and what a block of
// quantised values becomes. The layouts are those of ggml
// (https://github.com/ggml-org/ggml, src/ggml-common.h and src/ggml-quants.c),
// and so is the order of operations: the same float32 to the bit. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "runtime/model_store/formats/tensor_file.hpp"

namespace ganglion {

struct gguf_type {
  /// As a file has it (ggml_type).
  std::uint32_t number = 0;
  std::string_view name;
  /// Of one block, which is a value where they are not quantised.
  std::uint32_t values = 0;
  std::uint32_t bytes = 0;
  /// Of values that are not quantised.
  value_type plain = value_type::other;
  /// One block, from `bytes` to `values`. Null where they are not quantised,
  /// and where they are not read.
  void (*dequantise)(const std::byte* from, float* to) = nullptr;

  [[nodiscard]] bool is_read() const noexcept {
    return dequantise != nullptr || plain != value_type::other;
  }
};

/// Null where there is none of this number.
const gguf_type* find_gguf_type(std::uint32_t number);

/// "F32, F16, ...": those that are read.
std::string gguf_type_names();

} // namespace ganglion
