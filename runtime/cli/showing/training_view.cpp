#include "runtime/cli/showing/training_view.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/cli/showing/terminal.hpp"
#include "runtime/model_store/files/writable_file.hpp"

namespace ganglion::cli {

namespace {

/// A time line that fails ends no training.
void warn(const caf::error& err) {
  if (err)
    print_aside("ganglion: no time line: " + explain(err));
}

} // namespace

void add_view_options(CLI::App& app, view_text& out) {
  auto trace = app.add_option("--trace", out.trace,
                              "Write a time line of the first steps to FILE, "
                              "for Perfetto or Chrome");
  app
    .add_option("--trace-steps", out.trace_steps,
                "Training steps that it shows")
    ->capture_default_str()
    ->needs(trace);
  app
    .add_option_function<std::string>(
      "--plot",
      [&out](const std::string& x) {
        out.plot = true;
        out.plot_file = x;
      },
      "Draw the loss curve in the terminal, or as SVG into FILE.svg")
    ->expected(0, 1)
    ->type_name("[FILE.svg]");
  app.add_option("--log", out.log,
                 "Write a line of JSON for each epoch to FILE, as it ends");
}

caf::error check(const view_text& text) {
  for (const auto& file : {text.trace, text.plot_file, text.log})
    if (!file.empty())
      if (auto err = check_writable(file))
        return err;
  if (text.trace_steps == 0)
    return make_failure(errc::bad_argument, "--trace-steps must be 1 or more");
  return {};
}

caf::expected<std::unique_ptr<training_view>>
training_view::begin(session& on, const view_text& text, bool quiet) {
  std::unique_ptr<training_view> result{new training_view{on, text, quiet}};
  if (text.trace.empty())
    return result;
  auto begun = training_trace::begin(on, text.trace, text.trace_steps);
  if (!begun)
    return begun.error();
  result->trace_ = std::move(*begun);
  return result;
}

void training_view::show(const progress& x) {
  line_.show(x);
  curve_.add(x.step, x.step_loss);
  log_.show(x);
  if (trace_)
    warn(trace_->step_done());
}

void training_view::judged(const epoch_score& x) {
  line_.finish();
  if (x.validation.loss && std::isfinite(*x.validation.loss))
    validation_.push_back({x.trained.step, *x.validation.loss});
  log_.judged(x);
  if (!quiet_)
    print_error("         validation loss {:.4g}, {}{}\n",
                x.validation.loss.value_or(0), to_text(x.validation),
                x.best ? ", the best so far" : "");
}

void training_view::finish() {
  line_.finish();
  log_.finish();
  if (trace_)
    warn(trace_->finish());
}

caf::error training_view::plot(bool output_is_taken) const {
  if (!text_.plot)
    return {};
  loss_plot points{curve_.points(), validation_};
  if (text_.plot_file.empty()) {
    if (output_is_taken)
      print_error("{}", to_text(points));
    else
      fmt::print("{}", to_text(points));
    return {};
  }
  return write_file(text_.plot_file, to_svg(points));
}

} // namespace ganglion::cli
