// Writes the one commit of a model that is imported, row after row, from
// wherever the parameters come. For the importers; blocks, for one thread.
#pragma once

#include <functional>
#include <string>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "metadata/network/network.hpp"
#include "metadata/values/tensor.hpp"
#include "runtime/model_store/files/file_system.hpp"
#include "runtime/model_store/store/manifest.hpp"
#include "runtime/model_store/store/weights_reference.hpp"

namespace ganglion {

/// Fills the parameters of the next neurons of a layer, a row for each.
using row_source = std::function<caf::error(matrix& out)>;

struct row_import {
  writer_identity who;
  /// Gives the rows of a layer, from its first neuron on; asked layer by layer.
  std::function<caf::expected<row_source>(layer_id)> open;
  /// Is told of layers with neurons whose weights are not finite, and how many.
  std::function<void(const std::string& layer, std::uint64_t neurons)>
    not_finite;
  /// Instead of `open`, where it is there: says where the rows of a layer are,
  /// which stay there.
  std::function<caf::expected<weights_reference>(layer_id)> refer;
};

/// A new model, or nothing at all. Errors: those of the rows and of
/// model_writer::create.
caf::expected<manifest> import_rows(file_system& files, const std::string& dir,
                                    const network& net, const row_import& from);

} // namespace ganglion
