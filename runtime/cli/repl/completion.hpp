// What a word that is being typed at the prompt may become: commands, layers,
// ranges of neurons, nodes, keywords, files. It reads directories, nothing
// else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/cli/repl/workspace.hpp"

namespace ganglion::cli {

/// Candidates for the last word of `line`, which ends at the cursor: whole
/// words, sorted, each once.
std::vector<std::string> completions(const workspace& w, std::string_view line);

/// Whether nothing can follow a word that is complete, so that a blank may.
bool is_whole(const workspace& w, std::string_view word);

/// The last word itself.
std::string_view last_word(std::string_view line);

/// What all words begin with.
std::string common_start(const std::vector<std::string>& xs);

} // namespace ganglion::cli
