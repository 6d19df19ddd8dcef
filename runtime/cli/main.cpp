#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "actors/kernel/instruction_set.hpp"
#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/settable.hpp"
#include "runtime/cli/settings.hpp"
#include "runtime/cli/showing/terminal.hpp"
#include "runtime/cli/spelling.hpp"
#include "runtime/hosting/system.hpp"

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

constexpr std::size_t max_parse_error = 1024;

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

/// Numbers that cannot be negative would wrap, where they are of 64 bits.
void refuse_negative(CLI::App& app) {
  auto check = [](const std::string& text) {
    return text.starts_with('-')
             ? fmt::format("{} is negative: give 0 or more", text)
             : std::string{};
  };
  for (auto x : app.get_options())
    if (x->get_type_name().starts_with("UINT"))
      x->check(CLI::Validator{check, "", ""});
  for (auto x : app.get_subcommands([](CLI::App*) { return true; }))
    refuse_negative(*x);
}

/// What may have been meant by an argument that nobody knows.
void suggest(const CLI::App& app, const std::vector<std::string>& arguments) {
  const auto* command = &app;
  for (const auto& word : arguments) {
    std::vector<std::string> known;
    for (auto x :
         command->get_subcommands([](const CLI::App*) { return true; })) {
      known.push_back(x->get_name());
      if (x->get_name() == word)
        command = x;
    }
    auto is_option = word.starts_with("--");
    if (is_option)
      for (auto x : command->get_options())
        for (const auto& name : x->get_lnames())
          known.push_back("--" + name);
    auto text = word.substr(0, word.find('='));
    if (std::find(known.begin(), known.end(), text) != known.end()
        || (!is_option && known.empty()))
      continue;
    std::vector<std::string_view> all{known.begin(), known.end()};
    if (auto meant = ganglion::cli::suggestion(text, all); !meant.empty())
      ganglion::cli::print_error("ganglion: there is no '{}'{}\n",
                                 ganglion::printable(text), meant);
  }
}

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

void describe(CLI::App& app, ganglion::cli::chosen& chosen) {
  app.set_version_flag("--version", GANGLION_VERSION);
  app.require_subcommand(1);
  app.formatter(std::make_shared<help_format>());
#define GANGLION_ADD(name) ganglion::cli::add_##name(app, chosen);
  GANGLION_COMMANDS(GANGLION_ADD)
#undef GANGLION_ADD
  ganglion::cli::describe_settings(app);
  refuse_negative(app);
}

/// Help, a version, or what is wrong with the words; the exit status.
int end_parsing(const CLI::App& app, const CLI::ParseError& err,
                const ganglion::cli::layered_arguments& settings) {
  // It repeats what was typed.
  std::ostringstream told;
  auto status = app.exit(err, std::cout, told) == 0 ? 0 : 2;
  ganglion::cli::print_error(
    "{}", ganglion::printable_lines(told.str(), max_parse_error));
  if (status != 0)
    suggest(app, settings.arguments);
  print_origins(err, settings.origins);
  return output_done() ? status : 1;
}

int carry_out(const ganglion::cli::chosen& chosen) {
  ganglion::stop_signal stop;
  if (auto err = chosen.run(stop)) {
    static_cast<void>(ganglion::cli::finish_output());
    say(ganglion::explain(err));
    return 1;
  }
  return output_done() ? 0 : 1;
}

int run(int argc, char** argv) {
  open_many_files();
  CLI::App app{"Ganglion deploys one neural network over many servers",
               "ganglion"};
  ganglion::cli::chosen chosen;
  describe(app, chosen);
  ganglion::init_types(); // errors are messages
  if (auto err = ganglion::choose_instruction_set()) {
    say(ganglion::explain(err));
    return 2;
  }
  auto settings = ganglion::cli::add_settings(app, {argv + 1, argv + argc},
                                              all_variables());
  if (!settings) {
    say(ganglion::explain(settings.error()));
    return 2;
  }
  for (const auto& x : settings->warnings)
    say(x);
  // Reversed, as CLI11 wants them.
  std::vector<std::string> words{settings->arguments.rbegin(),
                                 settings->arguments.rend()};
  try {
    app.parse(words);
  } catch (const CLI::ParseError& err) {
    return end_parsing(app, err, *settings);
  }
  return carry_out(chosen);
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
