// The files beside a language model's weights that generating needs: what the
// network is, and how texts become tokens. Copied as they are, by import,
// branch and export. Blocks; for one thread; what they say is read elsewhere.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include <caf/error.hpp>

#include "runtime/model_store/files/file_system.hpp"

namespace ganglion {

inline constexpr std::array<std::string_view, 2> hf_tokenizer_files{
  "tokenizer.json", "tokenizer_config.json"};

/// Writes one. Errors: bad_argument where the directory has it already, system.
caf::error write_companion(file_system& files, const std::string& dir,
                           std::string_view name, const std::string& text);

/// Copies the tokenizer's files that there are into the directory `to`. Errors:
/// bad_argument where it has one already, system.
caf::error copy_tokenizer(file_system& files, const std::string& from,
                          const std::string& to);

/// The configuration, too.
caf::error copy_companions(file_system& files, const std::string& from,
                           const std::string& to);

} // namespace ganglion
