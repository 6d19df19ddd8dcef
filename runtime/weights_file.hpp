// Network and weights in one file, for keeping the result of a training. A text
// as of the model store says which network it is; the weights follow as
// little-endian float32, a row per neuron in ID order, and a checksum of all of
// it. Not the model store: no optimizer state, one writer, no commits.
#pragma once

#include <string>

#include <caf/error.hpp>

#include "runtime/session.hpp"

namespace ganglion {

/// Fetches the weights from their groups and writes them; the file appears
/// whole or not at all. Errors: system, those of the engine.
caf::error save_weights(session& on, const std::string& path);

/// The network that a file's weights are of. Errors as of load_weights.
caf::expected<network> network_of_weights(const std::string& path);

/// Puts saved weights into a deployed network; the optimizer starts anew.
/// Files that older versions wrote, without checksum, can be read, too. Errors,
/// naming the file: bad_model where it is missing, damaged, or of another
/// network; incompatible where a newer version wrote it.
caf::error load_weights(session& on, const std::string& path);

} // namespace ganglion
