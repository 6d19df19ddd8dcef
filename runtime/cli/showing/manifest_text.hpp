// What a commit says, as text for people. Pure functions.
#pragma once

#include <string>

#include "runtime/model_store/store/manifest.hpp"

namespace ganglion::cli {

/// "17.1 KiB": of all its shards.
std::string size_text(const manifest& x);

/// "0.3512", or "-" where it was not validated.
std::string validation_text(const manifest& x);

/// "optimizer adam, learning rate 0.001, gradients clipped at 1".
std::string text_of(const training_options& x);

} // namespace ganglion::cli
