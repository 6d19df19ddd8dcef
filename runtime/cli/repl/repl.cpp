// ganglion repl: try a network at a prompt, or run a script of its commands.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string_view>

#include <fmt/format.h>

#include "metadata/text/input.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/repl/line_editor.hpp"
#include "runtime/cli/repl/verbs.hpp"

namespace ganglion::cli {

namespace {

struct repl_text {
  std::string script;
  bool batch = false;
  bool echo = false;
  bool keep_going = false;
  std::chrono::seconds::rep peer_timeout = default_peer_timeout.count();
};

palette colours() {
  auto none = std::getenv("NO_COLOR");
  auto term = std::getenv("TERM");
  if (::isatty(STDOUT_FILENO) == 0 || (none && *none != '\0') || !term
      || std::string_view{term} == "dumb")
    return {};
  return {"\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[0m"};
}

caf::error run_prompt(workspace& w, stop_signal& stop) {
  stop.only_commands();
  fmt::print("Ganglion {}. 'help' lists the commands, Ctrl-D leaves.\n",
             GANGLION_VERSION);
  line_editor editor{w};
  while (!w.ended) {
    auto line = editor.read();
    if (!line) {
      fmt::print("\n");
      break;
    }
    report(w, run_line(w, *line));
    // What it was to stop has ended.
    stop.forget();
  }
  return {};
}

caf::error run_repl(const repl_text& text, stop_signal& stop) {
  workspace w{stop};
  w.paint = colours();
  w.terminal = ::isatty(STDOUT_FILENO) != 0;
  w.echo = text.echo;
  w.keep_going = text.keep_going;
  w.options.node_options.peer_timeout = std::chrono::seconds{text.peer_timeout};
  if (!text.script.empty()) {
    auto in = open_input(text.script, errc::bad_argument);
    if (!in)
      return in.error();
    return run_script(w, *in, text.script + ":");
  }
  if (text.batch || ::isatty(STDIN_FILENO) == 0)
    return run_script(w, std::cin, "line ");
  return run_prompt(w, stop);
}

} // namespace

void add_repl(CLI::App& app, chosen& out) {
  auto text = std::make_shared<repl_text>();
  auto command = app.add_subcommand(
    "repl", "Build, deploy, train and question a network at a prompt");
  command->add_option("SCRIPT", text->script,
                      "Run the commands in this file instead");
  command->add_flag("--batch", text->batch,
                    "Run commands from standard input, up to the first that "
                    "fails; no prompt");
  command->add_flag("--echo", text->echo,
                    "Show each command of a script before what it answers");
  command->add_flag("--keep-going", text->keep_going,
                    "Go on with a script after a command that fails");
  add_peer_timeout(*command, text->peer_timeout);
  command->footer("Examples: ganglion repl\n"
                  "          ganglion repl session.txt\n"
                  "          echo 'help fire' | ganglion repl --batch");
  command->callback([&out, text] {
    out.run = [text](stop_signal& stop) { return run_repl(*text, stop); };
  });
}

} // namespace ganglion::cli
