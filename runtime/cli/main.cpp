#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <string_view>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/settable.hpp"
#include "runtime/cli/settings.hpp"
#include "runtime/cli/terminal.hpp"
#include "runtime/system.hpp"

namespace {

/// What was wrong with an option may be what a file said.
void print_origins(const CLI::ParseError& err,
                   const std::map<std::string, std::string>& origins) {
  std::string text = err.what();
  for (const auto& [option, origin] : origins)
    if (text.find(option) != std::string::npos)
      ganglion::cli::print_error("ganglion: {} comes from {}\n", option,
                                 origin);
}

void say(const std::string& text) {
  using namespace ganglion::cli;
  ganglion::cli::print_error(
    "{}\n", folded("ganglion: " + text, terminal_columns(STDERR_FILENO)));
}

ganglion::cli::environment all_variables() {
  ganglion::cli::environment result;
  for (auto entry = environ; entry && *entry; ++entry) {
    std::string_view text{*entry};
    auto end = text.find('=');
    if (end != std::string_view::npos)
      result.emplace(text.substr(0, end), text.substr(end + 1));
  }
  return result;
}

/// What an option is for, beside its name, in lines that fit the terminal.
class help_format : public CLI::Formatter {
public:
  help_format() {
    column_width(names);
  }

  std::string make_option_desc(const CLI::Option* x) const override {
    auto columns = ganglion::cli::terminal_columns(STDOUT_FILENO);
    columns = std::max<std::size_t>(columns == 0 ? 80 : columns, 2 * names);
    return ganglion::cli::folded(x->get_description(), columns - names, "");
  }

private:
  static constexpr std::size_t names = 34;
};

/// Connections need descriptors, and what is allowed is often much more than
/// what a process begins with.
void open_many_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0)
    return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

/// Says so where standard output did not take all of it.
bool output_done() {
  auto err = ganglion::cli::finish_output();
  if (err)
    say(ganglion::explain(err));
  return !err;
}

int run(int argc, char** argv) {
  open_many_files();
  CLI::App app{"Ganglion deploys one neural network over many servers",
               "ganglion"};
  app.set_version_flag("--version", GANGLION_VERSION);
  app.require_subcommand(1);
  app.formatter(std::make_shared<help_format>());
  ganglion::cli::chosen chosen;
  ganglion::cli::add_bench(app, chosen);
  ganglion::cli::add_demo(app, chosen);
  ganglion::cli::add_model(app, chosen);
  ganglion::cli::add_node(app, chosen);
  ganglion::cli::add_plan(app, chosen);
  ganglion::cli::add_predict(app, chosen);
  ganglion::cli::add_repl(app, chosen);
  ganglion::cli::add_status(app, chosen);
  ganglion::cli::add_trace(app, chosen);
  ganglion::cli::add_train(app, chosen);
  ganglion::cli::add_verify(app, chosen);
  ganglion::cli::describe_settings(app);
  ganglion::init_types(); // errors are messages
  auto settings = ganglion::cli::add_settings(app, {argv + 1, argv + argc},
                                              all_variables());
  if (!settings) {
    say(ganglion::explain(settings.error()));
    return 2;
  }
  for (const auto& x : settings->warnings)
    say(x);
  auto& arguments = settings->arguments;
  std::reverse(arguments.begin(), arguments.end()); // as CLI11 wants them
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& err) {
    auto status = app.exit(err) == 0 ? 0 : 2;
    print_origins(err, settings->origins);
    return output_done() ? status : 1;
  }
  ganglion::stop_signal stop;
  if (auto err = chosen.run(stop)) {
    static_cast<void>(ganglion::cli::finish_output());
    say(ganglion::explain(err));
    return 1;
  }
  return output_done() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  ganglion::cli::guard_standard_streams();
  try {
    return run(argc, argv);
  } catch (const std::exception& err) {
    say(err.what());
    return 1;
  }
}
