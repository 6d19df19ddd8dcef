#include "runtime/cli/settings.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/error.hpp"
#include "metadata/text/input.hpp"
#include "metadata/text/names.hpp"
#include "runtime/cli/settable.hpp"

namespace ganglion::cli {

namespace {

constexpr std::string_view file_name = "ganglion.conf";

/// Bytes of such a file.
constexpr std::size_t max_file = std::size_t{1} << 20;

bool is_yes(std::string_view x) {
  return x == "true" || x == "yes" || x == "on" || x == "1";
}

bool is_no(std::string_view x) {
  return x == "false" || x == "no" || x == "off" || x == "0";
}

/// Where a value comes from, and the value.
struct found_value {
  std::vector<std::string> values;
  std::string origin;
  /// How often it was set there.
  std::size_t times = 0;
};

class layering {
public:
  layering(const CLI::App& app, std::vector<std::string> arguments,
           const environment& env)
    : app_(app), env_(env), command_(&app) {
    result_.arguments = std::move(arguments);
  }

  caf::expected<layered_arguments> run() {
    auto has = [this](std::string_view x) {
      const auto& all = result_.arguments;
      return std::find(all.begin(), all.end(), x) != all.end();
    };
    // A process that another command started has all that it needs.
    if (has("--until-eof"))
      return result_;
    if (auto err = take_config())
      return err;
    choose_command();
    if (command_ == &app_ || has("--help") || has("-h"))
      return result_;
    if (auto err = read_file())
      return err;
    std::vector<std::string> added;
    for (auto x : command_->get_options())
      if (auto err = add(*x, added))
        return err;
    result_.arguments.insert(result_.arguments.begin()
                               + static_cast<std::ptrdiff_t>(begin_),
                             added.begin(), added.end());
    warn_of_misspelt();
    return result_;
  }

private:
  static caf::error fail(std::string text) {
    return make_failure(errc::bad_argument, std::move(text));
  }

  caf::error take_config() {
    auto& all = result_.arguments;
    for (auto i = all.begin(); i != all.end(); ++i) {
      if (i->starts_with("--config=")) {
        config_ = i->substr(9);
        all.erase(i);
        return {};
      }
      if (*i != "--config")
        continue;
      if (std::next(i) == all.end())
        return fail("--config needs a file");
      config_ = *std::next(i);
      all.erase(i, i + 2);
      return {};
    }
    return {};
  }

  void choose_command() {
    const auto& all = result_.arguments;
    for (; begin_ < all.size(); ++begin_) {
      auto next = find_command(*command_, all[begin_]);
      if (!next)
        return;
      command_ = next;
      section_ += (section_.empty() ? "" : ".") + all[begin_];
    }
  }

  [[nodiscard]] std::string variable(const std::string& name) const {
    auto found = env_.find(name);
    return found != env_.end() ? found->second : std::string{};
  }

  /// The file to read; empty where there is none.
  caf::expected<std::string> choose_file() const {
    auto named = config_ ? *config_ : variable("GANGLION_CONFIG");
    std::error_code none;
    if (named == "/dev/null") // whoever wants no file says so
      return std::string{};
    if (!named.empty()) {
      if (std::filesystem::exists(named, none))
        return named;
      return fail(fmt::format("{}: there is no such file, which {} names",
                              named, config_ ? "--config" : "GANGLION_CONFIG"));
    }
    std::vector<std::filesystem::path> places{"."};
    if (auto home = variable("XDG_CONFIG_HOME"); !home.empty())
      places.emplace_back(home + "/ganglion");
    else if (home = variable("HOME"); !home.empty())
      places.emplace_back(home + "/.config/ganglion");
    places.emplace_back("/etc/ganglion");
    for (const auto& x : places)
      if (auto path = x / file_name; std::filesystem::exists(path, none))
        return path.lexically_normal().string();
    return std::string{};
  }

  caf::error read_file() {
    auto path = choose_file();
    if (!path)
      return path.error();
    if (path->empty())
      return {};
    file_ = *path;
    auto text = read_input(file_, errc::bad_argument, max_file);
    if (!text)
      return text.error();
    auto settings = parse_settings(*text, file_);
    if (!settings)
      return settings.error();
    settings_ = std::move(*settings);
    for (const auto& x : settings_)
      if (auto err = check(x))
        return err;
    return {};
  }

  caf::error check(const setting& x) const {
    auto at = fmt::format("{}:{}", file_, x.line);
    if (x.section.empty()) {
      if (known_anywhere(app_, x.key))
        return {};
      return fail(fmt::format("{}: unknown key '{}': no command has an option "
                              "--{}",
                              at, printable(x.key), printable(x.key)));
    }
    auto command = &app_;
    std::istringstream parts{x.section};
    for (std::string part; command && std::getline(parts, part, '.');)
      command = find_command(*command, part);
    if (!command)
      return fail(fmt::format("{}: unknown section [{}]: there is no such "
                              "command",
                              at, printable(x.section)));
    if (find_option(*command, x.key))
      return {};
    return fail(fmt::format("{}: unknown key '{}' in [{}]: use one of {}", at,
                            printable(x.key), printable(x.section),
                            fmt::join(names_in(*command), ", ")));
  }

  static bool known_anywhere(const CLI::App& in, const std::string& key) {
    if (find_option(in, key))
      return true;
    auto all = in.get_subcommands([](const CLI::App*) { return true; });
    return std::any_of(all.begin(), all.end(), [&](const CLI::App* x) {
      return known_anywhere(*x, key);
    });
  }

  [[nodiscard]] bool given(const std::string& name) const {
    return std::any_of(result_.arguments.begin(), result_.arguments.end(),
                       [&](const std::string& x) {
                         return x == "--" + name
                                || x.starts_with("--" + name + "=");
                       });
  }

  [[nodiscard]] std::optional<found_value> find(const std::string& name) const {
    for (const auto& variable_name :
         {variable_of(section_, name), variable_of({}, name)})
      if (auto value = variable(variable_name); !value.empty())
        return found_value{{value}, variable_name};
    std::optional<found_value> result;
    for (const auto& section : {section_, std::string{}}) {
      for (const auto& x : settings_) {
        if (x.section != section || x.key != name)
          continue;
        if (!result)
          result = found_value{{}, fmt::format("{}:{}", file_, x.line)};
        ++result->times;
        result->values.insert(result->values.end(), x.values.begin(),
                              x.values.end());
      }
      if (result)
        return result;
    }
    return result;
  }

  caf::error add(const CLI::Option& option, std::vector<std::string>& out) {
    auto name = name_of(option);
    if (name.empty() || given(name))
      return {};
    auto found = find(name);
    if (!found)
      return {};
    if (found->times > 1 && option.get_expected_max() <= 1)
      return fail(fmt::format("{}: '{}' is set twice", found->origin, name));
    // Many options take a list as one text.
    if (found->values.size() > 1 && option.get_expected_max() <= 1)
      found->values = {fmt::format("{}", fmt::join(found->values, ","))};
    result_.origins["--" + name] = found->origin;
    const auto& first = found->values.front();
    // An option whose value may be left out is a flag, too.
    auto flag = option.get_expected_max() == 0
                || (option.get_expected_min() == 0
                    && (is_yes(first) || is_no(first)));
    if (flag)
      return add_flag(name, *found, out);
    for (const auto& value : found->values)
      out.push_back(fmt::format("--{}={}", name, value));
    return {};
  }

  static caf::error add_flag(const std::string& name, const found_value& x,
                             std::vector<std::string>& out) {
    const auto& value = x.values.front();
    if (is_yes(value))
      out.push_back("--" + name);
    else if (!is_no(value))
      return fail(fmt::format("{}: '{}' is '{}': write true or false", x.origin,
                              name, printable(value)));
    return {};
  }

  void warn_of_misspelt() {
    auto start = variable_of(section_, "");
    for (const auto& [name, value] : env_)
      if (name.starts_with(start) && !is_variable(app_, {}, name))
        result_.warnings.push_back(
          fmt::format("{} is ignored: no option of '{}' has this name "
                      "('ganglion {} --help' "
                      "lists them)",
                      name, spaced(section_), spaced(section_)));
  }

  static std::string spaced(std::string section) {
    std::replace(section.begin(), section.end(), '.', ' ');
    return section;
  }

  const CLI::App& app_;
  const environment& env_;
  layered_arguments result_;
  std::optional<std::string> config_;
  const CLI::App* command_;
  std::string section_;
  /// Where the chosen command's own arguments begin.
  std::size_t begin_ = 0;
  std::string file_;
  std::vector<setting> settings_;
};

} // namespace

caf::expected<layered_arguments>
add_settings(const CLI::App& app, std::vector<std::string> arguments,
             const environment& env) {
  return layering{app, std::move(arguments), env}.run();
}

} // namespace ganglion::cli
