// Options that are not on the command line: from the environment, and from a
// file ganglion.conf. They are put into the command line, so that an option
// means the same wherever it comes from. Nothing is kept.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include <caf/expected.hpp>

namespace ganglion::cli {

/// One line of a file.
struct setting {
  /// "train", "bench.train"; empty: for all commands that have the option.
  std::string section;
  /// The option's name without dashes.
  std::string key;
  /// Several for options that may be repeated.
  std::vector<std::string> values;
  std::size_t line = 0;
};

/// Reads lines `[SECTION]`, `key = value`, `key = "value"`,
/// `key = ["value", "value"]`, and comments from `#` or `;` on. Errors, naming
/// file and line: bad_argument.
caf::expected<std::vector<setting>> parse_settings(std::string_view text,
                                                   const std::string& file);

/// All variables of a process, by name.
using environment = std::map<std::string, std::string>;

struct layered_arguments {
  std::vector<std::string> arguments;
  /// Options that were added, such as "--batch", and where they come from.
  std::map<std::string, std::string> origins;
  /// Variables that look like options of the chosen command, and are none: who
  /// set them meant something. No errors, since a host may set variables of its
  /// own that begin alike.
  std::vector<std::string> warnings;
};

/// Adds to the arguments of a program (without its name) the options of the
/// chosen command that are not among them: from GANGLION_COMMAND_OPTION,
/// GANGLION_OPTION, the command's section of the file, and the file's part
/// before the first section, in this order. The file is the one of --config
/// (which is taken out), of GANGLION_CONFIG (/dev/null: none), or the first of
/// ./ganglion.conf, $XDG_CONFIG_HOME/ganglion/ganglion.conf,
/// /etc/ganglion/ganglion.conf. Errors, naming file, line and key:
/// bad_argument.
caf::expected<layered_arguments>
add_settings(const CLI::App& app, std::vector<std::string> arguments,
             const environment& env);

} // namespace ganglion::cli
