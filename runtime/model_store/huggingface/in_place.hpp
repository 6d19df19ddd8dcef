// Says of a layer's parameters where they are in the files of a published
// model, so that the weights can stay there. Opens these files; reads no
// weights.
#pragma once

#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "metadata/network/network.hpp"
#include "runtime/model_store/huggingface/network.hpp"
#include "runtime/model_store/huggingface/published_model.hpp"
#include "runtime/model_store/store/weights_reference.hpp"

namespace ganglion {

/// `dir`: the model's directory to be, as an absolute path, as are those of the
/// files. Network, layer and range are for the caller to fill in. Errors:
/// bad_argument where an array has to be computed from what the file has.
caf::expected<weights_reference>
locate_layer(file_system& files, const published_model& from,
             const network& net, const std::vector<hf_source>& all,
             layer_id layer, const std::string& dir);

} // namespace ganglion
