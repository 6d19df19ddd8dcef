// Hands a commit's weights to other programs: as safetensors
// (https://github.com/huggingface/safetensors), which PyTorch, NumPy and JAX
// users open with its own library, or as NumPy's .npz, uncompressed. No
// optimizer state: it is for using a model elsewhere, not for going on with its
// training. tensor_plan.hpp says how arrays are called.
#pragma once

#include <string>

#include <caf/error.hpp>

#include "runtime/model_store/model_reader.hpp"

namespace ganglion {

/// Writes `path`, which appears whole or not at all, and must not exist: .npz
/// where it ends so, else safetensors. Little-endian float32. Memory: one block
/// of neurons at a time. Errors: bad_argument where it exists, or where an .npz
/// would not fit into 4 GiB; system, those of reading.
caf::error export_weights(const model_reader& from, const manifest& what,
                          const std::string& path);

} // namespace ganglion
