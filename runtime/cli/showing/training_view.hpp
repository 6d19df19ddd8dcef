// What a user sees of a training while it goes on and right after it: the
// progress line, a log of its epochs, a time line of its first steps, the curve
// of its loss. Changes nothing of the training.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <caf/expected.hpp>

#include "runtime/cli/showing/epoch_log.hpp"
#include "runtime/cli/showing/plot.hpp"
#include "runtime/cli/showing/report.hpp"
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
  /// Empty: none.
  std::string log;
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

  /// An epoch was judged by samples that are not learned from.
  void judged(const epoch_score& x);

  /// The training is over.
  void finish();

  /// Draws the loss: on standard output, or on the error output where that
  /// holds something else. Errors: system.
  [[nodiscard]] caf::error plot(bool output_is_taken) const;

  /// What is known of each epoch, in order.
  [[nodiscard]] const std::vector<nlohmann::json>& epochs() const noexcept {
    return log_.epochs();
  }

private:
  training_view(session& on, const view_text& text, bool quiet)
    : text_(text), quiet_(quiet), line_(on, quiet), log_(on, text.log) {
    // nop
  }

  const view_text& text_;
  bool quiet_;
  progress_line line_;
  std::unique_ptr<training_trace> trace_;
  loss_curve curve_;
  std::vector<loss_point> validation_;
  epoch_log log_;
};

} // namespace ganglion::cli
