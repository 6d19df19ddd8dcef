// Makes a model of a published language model: the network that it describes,
// one commit of step 0 with the weights, and the tokenizer's and the
// configuration's files, which generating needs. Blocks; for one thread.
// Memory: the arrays of one layer at a time.
#pragma once

#include <functional>
#include <string>

#include <caf/expected.hpp>

#include "runtime/model_store/files/file_system.hpp"
#include "runtime/model_store/huggingface/published_model.hpp"
#include "runtime/model_store/store/manifest.hpp"

namespace ganglion {

struct hf_import_options {
  writer_identity who;
  /// Arrays that the network does not take are no error.
  bool ignore_others = false;
  /// The weights stay in their files, which the model refers to; whether they
  /// are finite is not looked at then.
  bool in_place = false;
  /// Is told what each part of the parameters was made of: an array of the
  /// files, or nothing, where it is zero.
  std::function<void(const std::string& part, const std::string& from)> taken;
  std::function<void(const std::string& layer, std::uint64_t neurons)>
    not_finite;
};

/// Nothing is made unless all arrays are there with the right shapes. Errors:
/// bad_argument naming what is missing, has another shape, or is left over,
/// those of `from` and of model_writer::create.
caf::expected<manifest> import_hf(file_system& files, published_model& from,
                                  const std::string& dir,
                                  const hf_import_options& options);

} // namespace ganglion
