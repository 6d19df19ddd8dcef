// ganglion status: who takes part in a cluster, who uses it, and how far that
// is.
#include <unistd.h>

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/cli/showing/status_text.hpp"
#include "runtime/hosting/node_set.hpp"
#include "runtime/watching/observer.hpp"

namespace ganglion::cli {

namespace {

struct status_options {
  std::string nodes = "127.0.0.1:4701";
  double interval = 1;
  bool watch = false;
  bool json = false;
};

void print(const std::vector<observation>& seen, const status_options& text) {
  if (text.json) {
    // A line per look, for programs that read along.
    fmt::print("{}\n", json_text(status_json(seen), text.watch ? -1 : 2));
  } else {
    if (text.watch && ::isatty(STDOUT_FILENO) != 0)
      fmt::print("\x1b[H\x1b[J");
    fmt::print("{}", status_text(seen));
    if (text.watch)
      fmt::print("\n");
  }
  std::fflush(stdout);
}

caf::error missing_in(const std::vector<observation>& seen) {
  auto missing = std::count_if(seen.begin(), seen.end(),
                               [](const auto& x) { return !x.status; });
  if (missing == 0)
    return {};
  auto first = std::find_if(seen.begin(), seen.end(),
                            [](const auto& x) { return !x.status; });
  return make_failure(errc::unreachable,
                      fmt::format("{} of {} nodes did not answer; {}: {}",
                                  missing, seen.size(), first->address,
                                  explain(first->status.error())));
}

caf::error run_status(const status_options& text, const stop_signal& stop) {
  if (!(text.interval >= 0.1 && text.interval <= 3600))
    return make_failure(errc::bad_argument,
                        fmt::format("--interval {} is out of range: choose 0.1 "
                                    "to 3600 seconds",
                                    text.interval));
  auto addresses = parse_addresses(text.nodes);
  if (!addresses)
    return addresses.error();
  observer on{std::move(*addresses)};
  for (;;) {
    auto seen = on.look();
    print(seen, text);
    if (!text.watch)
      return missing_in(seen);
    if (!stop.pause(
          std::chrono::milliseconds{static_cast<long>(text.interval * 1000)}))
      return {};
  }
}

} // namespace

void add_status(CLI::App& app, chosen& out) {
  auto text = std::make_shared<status_options>();
  auto command = app.add_subcommand(
    "status", "Show a cluster: nodes, who uses them, how far that is");
  command
    ->add_option("--nodes", text->nodes,
                 "Addresses of running nodes; they name the others")
    ->capture_default_str();
  command->add_flag("--watch", text->watch, "Look again and again");
  command->add_option("--interval", text->interval, "Seconds between looks")
    ->capture_default_str();
  command->add_flag("--json", text->json, "Print JSON; a line per look");
  command->footer("Example: ganglion status --nodes 127.0.0.1:4701 --watch");
  command->callback([&out, text] {
    out.run = [text](const stop_signal& stop) {
      return run_status(*text, stop);
    };
  });
}

} // namespace ganglion::cli
