// ganglion demo: the main job. Three node processes train one network on
// Fashion-MNIST, and show what it learned.
#include <memory>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/showing/confusion_text.hpp"
#include "runtime/cli/showing/picture.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/training/evaluate.hpp"
#include "runtime/training/training.hpp"

namespace ganglion::cli {

namespace {

constexpr std::size_t pictures = 10;

training_text main_job() {
  training_text result;
  result.placement.network = "mlp:784-256-128-10";
  result.placement.nodes = "local:3";
  result.placement.by = "percentage=50,30,20";
  result.data = "fashion-mnist";
  result.epochs = 10;
  result.micro_batches = 4;
  return result;
}

void show_traffic(session& on) {
  auto traffic = on.ask<traffic_summary>(get_traffic{});
  if (!traffic)
    return;
  fmt::print("\nbytes between the nodes, counted at the sockets\n");
  for (const auto& x : traffic->links)
    fmt::print("  {} -> {}  {:>11}\n", x.from, x.to,
               bytes_text(static_cast<double>(x.bytes)));
}

caf::error show_result(session& on, const dataset& test) {
  auto result = evaluate(on.self(), on.engine(), test);
  if (!result)
    return result.error();
  fmt::print("\n{}", confusion_text(test, result->predictions));
  fmt::print("\n{}", pictures_text(test, result->predictions, pictures));
  fmt::print("\ntest {}\n", to_text(*result));
  return {};
}

caf::error run_demo(const training_text& text, const stop_signal& stop) {
  auto setup = prepare(text, "demo");
  if (!setup)
    return setup.error();
  if (!setup->data.test)
    return make_failure(errc::bad_data, "the demo needs test samples");
  auto on = session::open(setup->session);
  if (!on)
    return on.error();
  fmt::print("three node processes, {}, {} training samples\n\nplacement\n{}\n",
             text.placement.network, setup->data.train.size(),
             placement_text_of((*on)->net(), (*on)->where()));
  std::fflush(stdout);
  progress_line line{**on, is_quiet(text.log_level)};
  auto last = train(**on, setup->data.train, setup->trainer,
                    [&](const progress& x) {
                      line.show(x);
                      return !stop.requested();
                    });
  line.finish();
  if (!last)
    return last.error();
  show_traffic(**on);
  return show_result(**on, *setup->data.test);
}

} // namespace

void add_demo(CLI::App& app, chosen& out) {
  auto text = std::make_shared<training_text>(main_job());
  auto command = app.add_subcommand(
    "demo", "Train over three processes on Fashion-MNIST and show the result");
  command->add_option("--epochs", text->epochs, "Times through the data")
    ->capture_default_str();
  command
    ->add_option("--nodes", text->placement.nodes,
                 "inside:3, local:3, or addresses of three nodes")
    ->capture_default_str();
  add_log_level(*command, text->log_level);
  command->footer("Example: ganglion demo --epochs 3");
  command->callback([&out, text] {
    out.run = [text](const stop_signal& stop) { return run_demo(*text, stop); };
  });
}

} // namespace ganglion::cli
