// The commands of the program, each in a file of its own: it adds itself to the
// command line, and says what to do when it was chosen. The exit status is 0,
// 1 for an error, 2 for a command line that makes no sense.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include <caf/error.hpp>

#include "runtime/hosting/stop_signal.hpp"

/// One is a line here, and a file named after it.
// clang-format off
#define GANGLION_COMMANDS(command)                                             \
  command(bench)                                                               \
  command(demo)                                                                \
  command(generate)                                                            \
  command(model)                                                               \
  command(node)                                                                \
  command(plan)                                                                \
  command(predict)                                                             \
  command(repl)                                                                \
  command(status)                                                              \
  command(trace)                                                               \
  command(train)                                                               \
  command(verify)
// clang-format on

namespace ganglion::cli {

/// Runs a command; the error is printed by main.
using action = std::function<caf::error(stop_signal&)>;

/// What the chosen command does.
struct chosen {
  action run;
};

#define GANGLION_DECLARE_COMMAND(name)                                         \
  void add_##name(CLI::App& app, chosen& out);
GANGLION_COMMANDS(GANGLION_DECLARE_COMMAND)
#undef GANGLION_DECLARE_COMMAND

/// A command of `add_model`.
void add_import(CLI::App& model, chosen& out);

} // namespace ganglion::cli
