// What GGUF files call the arrays of a language model that Hugging Face's
// transformers call otherwise, and in which order they have the values. Pure
// functions, as llama.cpp's converter has it (gguf-py/gguf/tensor_mapping.py,
// convert_hf_to_gguf.py); it knows no files.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ganglion {

/// The name in a GGUF file, such as blk.3.attn_q.weight for
/// model.layers.3.self_attn.q_proj.weight; what is not known stays.
std::string gguf_tensor_name(std::string_view hf_name);

/// How values of an array lie in a GGUF file, against transformers'.
enum class gguf_order : std::uint8_t {
  same,
  /// The rows of each head are those that are turned together, pair by pair,
  /// where transformers have the first ones of all pairs, then the second ones.
  pairs,
  /// Rows are columns.
  transposed,
};

/// `architecture`: as general.architecture says it; `name`: the file's.
gguf_order gguf_order_of(std::string_view architecture, std::string_view name);

/// From pairs to halves: `rows` of a head are in a row of `heads`.
void put_pairs_apart(std::span<float> values, std::uint64_t heads,
                     std::uint64_t rows);

/// [rows x columns] becomes [columns x rows].
void transpose(std::span<float> values, std::uint64_t rows);

} // namespace ganglion
