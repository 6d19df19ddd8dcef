// The part of `ganglion verify` for language models: goes on with a text in one
// piece and as asked, and compares the bits of all scores.
#pragma once

#include <vector>

#include <CLI/CLI.hpp>

#include <caf/error.hpp>

#include "runtime/cli/language_request.hpp"

namespace ganglion::cli {

/// Which options a command line may have, with --model and without.
struct verify_options {
  const CLI::Option* model = nullptr;
  std::vector<const CLI::Option*> of_trainings;
  std::vector<const CLI::Option*> of_texts;

  /// Throws what CLI11 prints.
  void check() const;
};

/// Adds the options of texts to a command that has those of a training, of
/// which only some go with a model.
verify_options add_verified_text(CLI::App& command, language_request& out);

/// A session as another one is, but in one piece: all neurons on one node of
/// this process, on one thread.
session_options in_one_piece(session_options options);

/// Prints what was compared. Errors: protocol where something differs, naming
/// the first position that does; those of opening, deploying and generating.
caf::error verify_text(const language_request& text, const stop_signal& stop);

} // namespace ganglion::cli
