// Finds out which array of a file is which of a network: by name, or by order
// where that says something. Pure functions of names and shapes; for
// import.cpp.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/model_store/exchange/import.hpp"
#include "runtime/model_store/exchange/tensor_plan.hpp"
#include "runtime/model_store/formats/tensor_file.hpp"

namespace ganglion {

/// An array of the network, and which one of the file it is; none where a layer
/// has no biases there, which are zero.
struct tensor_match {
  planned_tensor what;
  std::optional<std::size_t> index;
};

/// All arrays of the network. Errors: bad_argument, naming arrays and shapes:
/// what is missing, has another shape, could be exchanged, or is left over.
caf::expected<std::vector<tensor_match>>
match_tensors(const tensor_file& from, const network& net,
              const import_options& options);

} // namespace ganglion
