// Commands from a file or a pipe, and what is said of those that fail.
#include <unistd.h>

#include <cstdio>
#include <istream>
#include <string>

#include <fmt/format.h>

#include "metadata/text/input.hpp"
#include "metadata/text/names.hpp"
#include "runtime/cli/repl/verbs.hpp"
#include "runtime/cli/showing/terminal.hpp"

namespace ganglion::cli {

namespace {

/// Of a command that is shown, in bytes.
constexpr std::size_t max_echo = 4096;

/// Scripts in scripts; more of them are a circle.
constexpr int max_depth = 16;

} // namespace

void report(const workspace& w, const caf::error& err) {
  std::fflush(stdout);
  if (err)
    print_error("{}{}{}\n", w.paint.red,
                folded(explain(err), terminal_columns(STDERR_FILENO)),
                w.paint.reset);
}

caf::error run_script(workspace& w, std::istream& in, std::string_view name) {
  std::string line;
  int failures = 0;
  auto outermost = w.depth == 0;
  for (int number = 1; !w.ended && std::getline(in, line); ++number) {
    if (w.stop.requested())
      return make_failure(errc::cancelled, "interrupted");
    if (w.echo && outermost)
      fmt::print("> {}\n", printable_lines(line, max_echo));
    auto err = run_line(w, line);
    if (!err)
      continue;
    ++failures;
    auto details = details_of(err);
    details.text = fmt::format("{}{}: {}", name, number, details.text);
    auto named = make_failure(errc::bad_argument, std::move(details));
    // What was printed comes before what went wrong, also in a pipe.
    std::fflush(stdout);
    if (!outermost || !w.keep_going)
      return named;
    report(w, w.echo ? err : named);
  }
  std::fflush(stdout);
  if (failures == 0)
    return {};
  return make_failure(
    errc::bad_argument,
    fmt::format("{} command{} failed", failures, failures == 1 ? "" : "s"));
}

namespace {

caf::error run_source(workspace& w, const words& args) {
  if (args.size() != 1)
    return usage_of("source");
  auto in = open_input(args[0], errc::bad_argument);
  if (!in)
    return in.error();
  if (w.depth == max_depth)
    return expected_instead(
      fmt::format("{}: scripts run scripts {} deep: expected no circle",
                  args[0], max_depth));
  ++w.depth;
  auto err = run_script(w, *in, args[0] + ":");
  --w.depth;
  return err;
}

} // namespace

const verb& source_verb() {
  static constexpr verb result{
    "Run the commands in a file; say how long one takes",
    "source",
    "FILE",
    "Run the commands in a file",
    "Until one fails; empty lines and what follows a # are skipped.",
    "source session.txt",
    "",
    run_source};
  return result;
}

} // namespace ganglion::cli
