// Writes a language model as a folder that Hugging Face's transformers opens:
// config.json, model.safetensors in float32, and the tokenizer's files where
// the model has them. Blocks; for one thread. Memory: one array. No optimizer
// state: that is in the model alone.
#pragma once

#include <string>

#include <caf/expected.hpp>

#include "runtime/model_store/exchange/export.hpp"
#include "runtime/model_store/files/file_system.hpp"

namespace ganglion {

struct hf_export_report {
  /// Whether logits and embedding are two arrays now that were one where the
  /// model came from.
  bool came_apart = false;
};

/// `model` is the directory that has the configuration and the tokenizer, `to`
/// a new folder, or one that is empty. Whatever was made is removed after an
/// error. Errors: bad_argument where `to` holds something, or parameters cannot
/// be said in the format; bad_model where the configuration is of another
/// network; not_found without one; those of reading.
caf::expected<hf_export_report> export_hf(file_system& files,
                                          const export_source& from,
                                          const std::string& model,
                                          const std::string& to);

} // namespace ganglion
