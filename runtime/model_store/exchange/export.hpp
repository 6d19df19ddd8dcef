// Hands a commit's weights to other programs: as safetensors
// (https://github.com/huggingface/safetensors), which PyTorch, NumPy and JAX
// users open with its own library, or as NumPy's .npz, uncompressed. No
// optimizer state: it is for using a model elsewhere, not for going on with its
// training. tensor_plan.hpp says how arrays are called.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "runtime/model_store/store/model_reader.hpp"

namespace ganglion {

/// What is exported: refers to whatever it was made of.
struct export_source {
  const network& net;
  /// Empty where it is of no commit.
  std::string commit;
  /// The parameters of neurons of one layer.
  std::function<caf::expected<parameters>(neuron_range)> load;
};

export_source source_of(const model_reader& from, const manifest& what);

/// What a file says of where its values are from.
std::vector<std::pair<std::string, std::string>>
notes_of(const export_source& from);

/// An error that lists the formats unless the ending of `path` is of one.
[[nodiscard]] caf::error check_export_name(const std::string& path);

/// Writes `path`, which appears whole or not at all, and must not exist, in the
/// format that its ending names: .npz or .safetensors. Little-endian float32.
/// Memory: one block of neurons at a time. Errors: bad_argument where it
/// exists, where the ending is another one, or where an .npz would not fit into
/// 4 GiB; system, those of reading.
[[nodiscard]] caf::error export_weights(const export_source& from,
                                        const std::string& path);

} // namespace ganglion
