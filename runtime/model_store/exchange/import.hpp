// Makes a model of weights that another program trained, or that export wrote:
// a new directory with one commit of step 0. It has no optimizer state and no
// position in any data, so a training that goes on from it chooses both.
// Blocks; for one thread.
#pragma once

#include <functional>
#include <map>
#include <string>

#include <caf/expected.hpp>

#include "runtime/model_store/formats/tensor_file.hpp"
#include "runtime/model_store/store/manifest.hpp"

namespace ganglion {

struct import_options {
  writer_identity who;
  /// What a layer is called in the file, where that is not its name: "fc1" for
  /// "fc1.weight" and "fc1.bias".
  std::map<std::string, std::string> names;
  /// Arrays with two dimensions are the weights, those with one the biases,
  /// each in the order of the file; see tensor_file::tensors.
  bool by_order = false;
  /// Arrays that the network does not take are no error.
  bool ignore_others = false;
  /// Is told what each array of the network was made of: a name of the file's,
  /// or nothing, where biases are zero.
  std::function<void(const std::string& array, const std::string& from)> taken;
  /// Is told of layers with neurons whose weights are not finite, and how many.
  std::function<void(const std::string& layer, std::uint64_t neurons)>
    not_finite;
};

/// Nothing is made unless all arrays are there with the right shapes. Memory: a
/// block of neurons at a time. Errors: bad_argument naming what is missing or
/// has another shape, bad_model naming an offset of the file, those of
/// model_writer::create, system.
caf::expected<manifest> import_model(file_system& files, tensor_file& from,
                                     const std::string& dir, const network& net,
                                     const import_options& options);

} // namespace ganglion
