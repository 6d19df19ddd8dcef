// What a user sees of a training while it goes on and right after it: the
// progress line, a time line of its first steps, the curve of its loss. Changes
// nothing of the training.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include <caf/expected.hpp>

#include "runtime/cli/plot.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/cli/trace.hpp"

namespace ganglion::cli {

/// As the user typed it.
struct view_text {
  /// Empty: none.
  std::string trace;
  std::uint64_t trace_steps = 5;
  bool plot = false;
  /// Empty: in the terminal.
  std::string plot_file;
};

void add_view_options(CLI::App& app, view_text& out);

/// An error where a file could not be written: before the training.
caf::error check(const view_text& text);

class training_view {
public:
  /// Errors: those of beginning a time line.
  static caf::expected<std::unique_ptr<training_view>>
  begin(session& on, const view_text& text, bool quiet);

  /// A step was done.
  void show(const progress& x);

  /// The training is over.
  void finish();

  /// Draws the loss: on standard output, or on the error output where that
  /// holds something else. Errors: system.
  [[nodiscard]] caf::error plot(bool output_is_taken) const;

private:
  training_view(session& on, const view_text& text, bool quiet)
    : text_(text), line_(on, quiet) {
    // nop
  }

  const view_text& text_;
  progress_line line_;
  std::unique_ptr<training_trace> trace_;
  loss_curve curve_;
};

} // namespace ganglion::cli
