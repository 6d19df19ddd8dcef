// ganglion trace: a time line of a few steps, for Perfetto or Chrome.
#include "runtime/cli/trace.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/model_store/files/writable_file.hpp"
#include "runtime/watching/trace_file.hpp"

namespace ganglion::cli {

namespace {

/// Two steps are in the network at once, so that the first two and the last two
/// that a node keeps may not be whole.
constexpr std::uint64_t broken_steps = 4;

constexpr auto poll_interval = std::chrono::milliseconds{20};

struct trace_options {
  std::string file;
  std::string nodes = "127.0.0.1:4701";
  std::uint64_t steps = 5;
  double seconds = 10;
};

/// Ends a time line and writes it.
caf::error write(observer& on, const std::string& file, std::uint64_t steps) {
  auto result = on.end_trace(steps);
  if (!result)
    return result.error();
  std::size_t events = 0;
  std::int64_t error = 0;
  for (const auto& x : result->nodes) {
    events += x.events.size();
    error = std::max(error, x.clock_error);
  }
  if (events == 0)
    return make_failure(errc::not_found,
                        "the nodes computed nothing in that time: there is no "
                        "time line to write");
  if (auto err = write_trace(*result, file))
    return err;
  print_aside(fmt::format("{}: {} spans on {} nodes, clocks aligned to {}; "
                          "open it at ui.perfetto.dev",
                          file, count_text(static_cast<double>(events)),
                          result->nodes.size(),
                          time_span_text(static_cast<double>(error) / 1e9)));
  return {};
}

caf::error run_trace(const trace_options& text, const stop_signal& stop) {
  if (!(text.seconds > 0 && text.seconds <= 60))
    return make_failure(errc::bad_argument,
                        fmt::format("--seconds {} is out of range: choose one "
                                    "above 0, up to 60",
                                    text.seconds));
  if (text.steps == 0)
    return make_failure(errc::bad_argument, "--steps must be 1 or more");
  auto addresses = parse_addresses(text.nodes);
  if (!addresses)
    return addresses.error();
  if (auto err = check_writable(text.file))
    return err;
  observer on{std::move(*addresses)};
  if (auto err = on.begin_trace())
    return err;
  auto end = std::chrono::steady_clock::now()
             + std::chrono::duration<double>{text.seconds};
  while (std::chrono::steady_clock::now() < end && stop.pause(poll_interval)) {
    auto done = on.traced_steps();
    if (!done)
      return done.error();
    if (*done >= text.steps + broken_steps)
      break;
  }
  return write(on, text.file, text.steps);
}

} // namespace

training_trace::training_trace(std::vector<std::string> addresses,
                               std::string file, std::uint64_t steps)
  : on_(std::move(addresses)), file_(std::move(file)), steps_(steps) {
  // nop
}

caf::expected<std::unique_ptr<training_trace>>
training_trace::begin(const session& on, std::string file,
                      std::uint64_t steps) {
  std::vector<std::string> addresses;
  for (const auto& x : on.nodes().view().nodes)
    addresses.push_back(x.address);
  std::unique_ptr<training_trace> result{
    new training_trace{std::move(addresses), std::move(file), steps}};
  if (auto err = result->on_.begin_trace())
    return err;
  return result;
}

caf::error training_trace::step_done() {
  return ++done_ == steps_ + broken_steps ? finish() : caf::error{};
}

caf::error training_trace::finish() {
  if (std::exchange(written_, true))
    return {};
  return write(on_, file_, steps_);
}

void add_trace(CLI::App& app, chosen& out) {
  auto text = std::make_shared<trace_options>();
  auto command = app.add_subcommand(
    "trace", "Write a time line of a few steps of a running training");
  command
    ->add_option("file", text->file, "Trace-event JSON, for Perfetto or Chrome")
    ->required();
  command
    ->add_option("--nodes", text->nodes,
                 "Addresses of running nodes; they name the others")
    ->capture_default_str();
  command->add_option("--steps", text->steps, "Training steps to show")
    ->capture_default_str();
  command
    ->add_option("--seconds", text->seconds,
                 "Write what there is after so long")
    ->capture_default_str();
  command->footer(
    "Example: ganglion trace steps.json --nodes 127.0.0.1:4701 --steps 5");
  command->callback([&out, text] {
    out.run = [text](const stop_signal& stop) {
      return run_trace(*text, stop);
    };
  });
}

} // namespace ganglion::cli
