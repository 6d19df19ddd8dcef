#include "runtime/cli/settable.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "runtime/cli/showing/terminal.hpp"

namespace ganglion::cli {

namespace {

/// Options that say what to do rather than how.
constexpr std::array<std::string_view, 4> not_settable{"help", "version",
                                                       "config", "until-eof"};

constexpr std::size_t help_columns = 80;

std::string below(const std::string& section, const CLI::App& command) {
  return section.empty() ? command.get_name()
                         : section + "." + command.get_name();
}

void describe(CLI::App& command, const std::string& section) {
  for (auto x : command.get_subcommands([](CLI::App*) { return true; }))
    describe(*x, below(section, *x));
  auto names = names_in(command);
  if (section.empty() || names.empty())
    return;
  auto text = command.get_footer();
  text += text.empty() ? "" : "\n\n";
  text += folded(
    fmt::format("Options can also be set in ganglion.conf (key '{}' in [{}]), "
                "or in the environment ({}). --config FILE names another file.",
                names.front(), section, variable_of(section, names.front())),
    help_columns, "");
  command.footer(std::move(text));
}

} // namespace

std::string variable_of(std::string_view section, std::string_view name) {
  auto result = section.empty() ? fmt::format("GANGLION_{}", name)
                                : fmt::format("GANGLION_{}_{}", section, name);
  for (auto& c : result)
    c = c == '-' || c == '.'
          ? '_'
          : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

std::string name_of(const CLI::Option& x) {
  auto names = x.get_lnames();
  if (names.empty() || x.get_positional()
      || std::find(not_settable.begin(), not_settable.end(), names.front())
           != not_settable.end())
    return {};
  return names.front();
}

const CLI::Option* find_option(const CLI::App& command,
                               const std::string& name) {
  for (auto x : command.get_options())
    if (!name.empty() && name_of(*x) == name)
      return x;
  return nullptr;
}

std::vector<std::string> names_in(const CLI::App& command) {
  std::vector<std::string> result;
  for (auto x : command.get_options())
    if (auto name = name_of(*x); !name.empty() && !x->get_group().empty())
      result.push_back(std::move(name));
  return result;
}

const CLI::App* find_command(const CLI::App& in, const std::string& name) {
  for (auto x : in.get_subcommands([](const CLI::App*) { return true; }))
    if (x->get_name() == name)
      return x;
  return nullptr;
}

bool is_variable(const CLI::App& command, const std::string& section,
                 std::string_view variable) {
  for (auto x : command.get_options())
    if (auto name = name_of(*x); !name.empty())
      if (variable == variable_of(section, name)
          || variable == variable_of({}, name))
        return true;
  auto all = command.get_subcommands([](const CLI::App*) { return true; });
  return std::any_of(all.begin(), all.end(), [&](const CLI::App* x) {
    return is_variable(*x, below(section, *x), variable);
  });
}

void describe_settings(CLI::App& app) {
  describe(app, {});
}

} // namespace ganglion::cli
