// Which options of the program can also be set in its file or the environment,
// and under which names. Looks at the program's own description of them; reads
// neither file nor environment (settings.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace ganglion::cli {

/// Environment variable of an option: GANGLION_BENCH_TRAIN_BATCH of
/// "bench.train" and "batch"; GANGLION_BATCH, for all commands, without
/// section.
std::string variable_of(std::string_view section, std::string_view name);

/// The name of an option that may be set; empty for others.
std::string name_of(const CLI::Option& x);

/// The option of a command with this name, if it may be set.
const CLI::Option* find_option(const CLI::App& command,
                               const std::string& name);

/// All names that may be set for a command, as its help shows them.
std::vector<std::string> names_in(const CLI::App& command);

/// The command of this name directly below another.
const CLI::App* find_command(const CLI::App& in, const std::string& name);

/// Whether a variable sets an option of a command or of one below it. The
/// section is that of the command.
bool is_variable(const CLI::App& command, const std::string& section,
                 std::string_view variable);

/// Says at the end of each command's help how its options can be set elsewhere.
void describe_settings(CLI::App& app);

} // namespace ganglion::cli
