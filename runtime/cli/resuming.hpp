// What train, predict and generate share about models that are gone on with:
// options that a commit answers where the user gave none, differences that a
// training must not have, and sessions that answer by a commit. For one thread;
// only load_weights_of blocks.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "metadata/network/network.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/hosting/session.hpp"
#include "runtime/hosting/stop_signal.hpp"
#include "runtime/model_store/store/manifest.hpp"
#include "runtime/model_store/store/model_reader.hpp"

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

/// A session on which a model answers, and learns nothing: `text` is filled in,
/// and a commit is to be loaded next (see load_weights_of). Errors: those of
/// fill_in and prepare_session.
caf::expected<session_options> answering_session(training_text& text,
                                                 const model_reader& from,
                                                 const manifest& what,
                                                 std::string_view command,
                                                 const stop_signal& stop);

/// Has the nodes read a commit's weights. Errors: those of load_commit.
caf::error load_weights_of(session& on, const model_reader& from, commit_id id);

/// An error that names all options with which the training would not be that of
/// the commit, in the model of this directory; the rate and its schedule may be
/// others. `fingerprint`: of the training samples.
caf::error check_same_training(const training_setup& setup,
                               const std::string& fingerprint,
                               const std::string& data_name,
                               const manifest& from, const std::string& dir);

} // namespace ganglion::cli
