// Hands a commit's weights to other programs, in the safetensors format
// (https://github.com/huggingface/safetensors): one file that PyTorch, NumPy
// and JAX users open with its own library. No optimizer state: it is for using
// a model elsewhere, not for going on with its training.
#pragma once

#include <string>

#include <caf/error.hpp>

#include "runtime/model_store/model_reader.hpp"

namespace ganglion {

/// Writes `path`, which appears whole or not at all, and must not exist. Per
/// layer NAME.weight [neurons x inputs], or NAME.weight.SOURCE for each where
/// there are several inputs, and NAME.bias [neurons]; little-endian float32.
/// Memory: one block of neurons at a time. Errors: bad_argument where it
/// exists, system, those of reading.
caf::error export_safetensors(const model_reader& from, const manifest& what,
                              const std::string& path);

} // namespace ganglion
