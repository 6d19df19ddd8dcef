// What train and predict share about models that are gone on with: options that
// a commit answers where the user gave none, and differences that a training
// must not have. Pure functions.
#pragma once

#include <functional>
#include <string>

#include <caf/error.hpp>

#include "metadata/network/network.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/model_store/store/manifest.hpp"

namespace ganglion::cli {

/// Whether the user gave an option, such as "--batch".
using given_options = std::function<bool(const char*)>;

/// An error where the user gave a network, or blocks, that are not the model's.
caf::error check_network(const placement_text& text, const given_options& given,
                         const network& model);

/// Takes network, data and training from a commit where they were not given.
/// Errors: a network that was given and is another.
caf::error fill_in(training_text& text, const given_options& given,
                   const network& net, const manifest& from);

/// An error that names all options with which the training would not be that of
/// the commit, in the model of this directory; the rate and its schedule may be
/// others. `fingerprint`: of the training samples.
caf::error check_same_training(const training_setup& setup,
                               const std::string& fingerprint,
                               const std::string& data_name,
                               const manifest& from, const std::string& dir);

} // namespace ganglion::cli
