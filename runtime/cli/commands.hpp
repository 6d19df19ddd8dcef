// The commands of the program, each in a file of its own: it adds itself to the
// command line, and says what to do when it was chosen. The exit status is 0,
// 1 for an error, 2 for a command line that makes no sense.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include <caf/error.hpp>

#include "runtime/hosting/stop_signal.hpp"

namespace ganglion::cli {

/// Runs a command; the error is printed by main.
using action = std::function<caf::error(stop_signal&)>;

/// What the chosen command does.
struct chosen {
  action run;
};

void add_bench(CLI::App& app, chosen& out);
void add_demo(CLI::App& app, chosen& out);
/// A command of `add_model`.
void add_import(CLI::App& model, chosen& out);
void add_generate(CLI::App& app, chosen& out);
void add_model(CLI::App& app, chosen& out);
void add_node(CLI::App& app, chosen& out);
void add_plan(CLI::App& app, chosen& out);
void add_predict(CLI::App& app, chosen& out);
void add_repl(CLI::App& app, chosen& out);
void add_status(CLI::App& app, chosen& out);
void add_trace(CLI::App& app, chosen& out);
void add_train(CLI::App& app, chosen& out);
void add_verify(CLI::App& app, chosen& out);

} // namespace ganglion::cli
