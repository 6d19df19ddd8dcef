// Network and weights in one file, for keeping the result of a training. A text
// as of the model store says which network it is; the weights follow as
// little-endian float32, a row per neuron in ID order, and a checksum of all of
// it. Not the model store: no optimizer state, one writer, no commits.
#pragma once

#include <string>

#include <caf/error.hpp>

#include "runtime/hosting/session.hpp"

namespace ganglion {

/// An error where the name says that a file is of another program's format,
/// such as .npz: what `save_weights` refuses, asked before a training.
[[nodiscard]] caf::error check_save_name(const std::string& path);

/// Fetches the weights from their groups and writes them; see writable_file for
/// where that may be. Errors: bad_argument for a name of another format,
/// system, those of the engine.
[[nodiscard]] caf::error save_weights(session& on, const std::string& path);

/// The network that a file's weights are of. Errors as of load_weights.
caf::expected<network> network_of_weights(const std::string& path);

/// Puts saved weights into a deployed network; the optimizer starts anew.
/// Files that older versions wrote, without checksum, can be read, too. Errors,
/// naming the file: bad_model where it is missing, damaged, or of another
/// network; incompatible where a newer version wrote it.
[[nodiscard]] caf::error load_weights(session& on, const std::string& path);

} // namespace ganglion
