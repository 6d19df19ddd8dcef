// What training on a text takes beside what any training does: the options, and
// what data and network say to each other before either is made. Starts
// nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include <caf/expected.hpp>

#include "runtime/data/load_data.hpp"

namespace ganglion::cli {

struct training_text;

/// As the user typed it; what is empty or 0 was not said.
struct language_text {
  std::uint64_t context = 0;
  std::string tokenizer;
  /// Of weights: "usual", or "normal:DEVIATION".
  std::string initial;
};

void add_language_options(CLI::App& app, language_text& out);

window_options windows_of(const language_text& x);

/// Has the network say how long windows are, and the data how many tokens there
/// are, where the user has not; the data where they had to be loaded for that.
/// Errors: those of both.
caf::expected<std::optional<dataset_bundle>> complete(training_text& text);

/// See deploy_network; decoders have that of GPT-2 where nobody says. Errors:
/// bad_argument.
caf::expected<float> initial_deviation_of(const training_text& text);

} // namespace ganglion::cli
