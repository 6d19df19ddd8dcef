// ganglion bench: how fast a network trains or infers on synthetic data.
#include <memory>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/measuring/benchmark.hpp"

namespace ganglion::cli {

namespace {

struct bench_text {
  training_text training;
  double seconds = 5;
  std::size_t in_flight = 4;
  bool json = false;
};

caf::expected<benchmark_options> options_from(const bench_text& text,
                                              bool train) {
  if (!(text.seconds > 0 && text.seconds <= 3600))
    return make_failure(errc::bad_argument,
                        fmt::format("--seconds {} is out of range: choose one "
                                    "above 0, up to 3600",
                                    text.seconds));
  if (text.training.batch == 0 || text.in_flight == 0)
    return make_failure(errc::bad_argument,
                        "--batch and --in-flight must be 1 or more");
  benchmark_options result;
  result.train = train;
  result.batch = text.training.batch;
  result.in_flight = text.in_flight;
  result.duration = std::chrono::duration<double>{text.seconds};
  return result;
}

void print_json(const benchmark_result& x) {
  nlohmann::json out;
  out["throughput"] = {{"best", x.best}, {"median", x.median}};
  out["latency_us"] = {{"p50", x.latency_p50}, {"p99", x.latency_p99}};
  out["bytes_between_nodes_per_sample"] = x.bytes_between_nodes_per_sample;
  out["peak_rss_bytes"] = x.peak_rss_bytes;
  fmt::print("{}\n", json_text(out, 2));
}

void print_text(const benchmark_result& x) {
  fmt::print("{:<12} {:.0f} samples/s, best round {:.0f}\n", "throughput",
             x.median, x.best);
  fmt::print("{:<12} {:.1f} us, 99th percentile {:.1f} us, one at a time\n",
             "latency", x.latency_p50, x.latency_p99);
  fmt::print("{:<12} {:.1f} bytes per sample between nodes\n", "traffic",
             x.bytes_between_nodes_per_sample);
  fmt::print("{:<12} {}\n", "peak memory",
             bytes_text(static_cast<double>(x.peak_rss_bytes)));
}

caf::error run_bench(const bench_text& text, bool train) {
  auto options = options_from(text, train);
  if (!options)
    return options.error();
  auto setup = prepare_session(text.training, "bench");
  if (!setup)
    return setup.error();
  auto on = session::open(*setup);
  if (!on)
    return on.error();
  auto result = measure(**on, *options);
  if (!result)
    return result.error();
  if (text.json)
    print_json(*result);
  else
    print_text(*result);
  return {};
}

void add_kind(CLI::App& parent, chosen& out, bool train) {
  auto text = std::make_shared<bench_text>();
  text->training.optimizer = "sgd";
  auto command = train ? parent.add_subcommand("train", "Measure training")
                       : parent.add_subcommand("infer", "Measure inference");
  add_placement_options(*command, text->training.placement);
  if (train)
    add_step_options(*command, text->training);
  add_run_options(*command, text->training);
  auto defaults = [&](auto name, auto& value, auto what) {
    command->add_option(name, value, what)->capture_default_str();
  };
  defaults("--seconds", text->seconds, "Time of all that is measured");
  defaults("--in-flight", text->in_flight,
           "Requests at the engine at once, while throughput is measured");
  command->add_flag("--json", text->json, "Print the result as JSON");
  command->footer(
    train
      ? "Example: ganglion bench train --network mlp:784-512-512-10 --seconds 5"
      : "Example: ganglion bench infer --network mlp:784-128-10 --batch 1");
  command->callback([&out, text, train] {
    out.run = [text, train](const stop_signal&) {
      return run_bench(*text, train);
    };
  });
}

} // namespace

void add_bench(CLI::App& app, chosen& out) {
  auto command = app.add_subcommand(
    "bench", "Measure training or inference on synthetic data");
  command->require_subcommand(1);
  add_kind(*command, out, true);
  add_kind(*command, out, false);
  command->footer("Example: ganglion bench train --network mlp:784-512-512-10 "
                  "--seconds 5");
}

} // namespace ganglion::cli
