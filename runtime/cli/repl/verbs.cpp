#include "runtime/cli/repl/verbs.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>

#include <fmt/format.h>

#include "metadata/text/names.hpp"
#include "runtime/cli/spelling.hpp"

namespace ganglion::cli {

namespace {

using verb_maker = const verb& (*)();

#define GANGLION_VERB(name) &name##_verb,
constexpr auto all_verbs = std::to_array<verb_maker>(
  {GANGLION_VERBS(GANGLION_VERB)});
#undef GANGLION_VERB

caf::error unknown(const std::string& name) {
  std::vector<std::string_view> known;
  known.reserve(all_verbs.size());
  for (auto make : all_verbs)
    known.push_back(make().name);
  auto meant = suggestion(name, known);
  return expected_instead(
    fmt::format("there is no command '{}'{}", printable(name),
                meant.empty() ? ": 'help' lists those there are" : meant));
}

} // namespace

std::vector<const verb*> verbs() {
  std::vector<const verb*> result;
  result.reserve(all_verbs.size());
  for (auto make : all_verbs)
    result.push_back(&make());
  return result;
}

const verb* find_verb(std::string_view name) {
  if (name == "exit")
    name = "quit";
  for (auto make : all_verbs)
    if (const auto& x = make(); x.name == name)
      return &x;
  return nullptr;
}

caf::error usage_of(std::string_view name) {
  const auto& x = *find_verb(name);
  return expected_instead(fmt::format(
    "expected: {}{}{}{}", name, x.usage.empty() ? "" : " ", x.usage,
    x.usage.empty() ? " alone" : fmt::format(", such as: {}", x.example)));
}

caf::error run_words(workspace& w, const words& line) {
  if (line.empty())
    return {};
  auto found = find_verb(line.front());
  if (!found)
    return unknown(line.front());
  if (found->usage.empty() && line.size() > 1)
    return usage_of(found->name);
  return found->run(w, {line.begin() + 1, line.end()});
}

caf::error run_line(workspace& w, std::string_view line) {
  auto cut = split_words(line);
  if (!cut)
    return cut.error();
  return run_words(w, *cut);
}

namespace {

caf::error run_time(workspace& w, const words& args) {
  if (args.empty())
    return usage_of("time");
  auto begin = std::chrono::steady_clock::now();
  auto err = run_words(w, args);
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (!err)
    fmt::print("took {:.3f} s\n", took.count());
  return err;
}

} // namespace

const verb& time_verb() {
  static constexpr verb result{
    "Run the commands in a file; say how long one takes",
    "time",
    "COMMAND",
    "Run a command and say how long it took",
    "",
    "time fire 5.1 3.5 1.4 0.2",
    "",
    run_time};
  return result;
}

namespace {

caf::error run_help(workspace& w, const words& args) {
  const auto& paint = w.paint;
  if (args.empty()) {
    auto all = verbs();
    for (auto i = all.begin(); i != all.end();) {
      auto names = std::string{(*i)->name};
      auto topic = (*i)->topic;
      auto about = topic.empty() ? (*i)->summary : topic;
      while (++i != all.end() && !topic.empty() && (*i)->topic == topic)
        names += ", " + std::string{(*i)->name};
      fmt::print("{}{:<21}{}{}\n", paint.bold, names, paint.reset, about);
    }
    fmt::print("'help COMMAND' says more; TAB completes.\n");
    return {};
  }
  auto x = args.size() == 1 ? find_verb(args[0]) : nullptr;
  if (!x)
    return args.size() == 1 ? unknown(args[0]) : usage_of("help");
  fmt::print("{}{}{} {}\n{}.\n{}{}for example: {}\n", paint.bold, x->name,
             paint.reset, x->usage, x->summary, x->text,
             x->text.empty() ? "" : "\n", x->example);
  return {};
}

} // namespace

const verb& help_verb() {
  static constexpr verb result{"List the commands, or explain one; leave",
                               "help",
                               "[COMMAND]",
                               "List the commands, or explain one",
                               "",
                               "help fire",
                               "",
                               run_help};
  return result;
}

namespace {

caf::error run_quit(workspace& w, const words&) {
  w.ended = true;
  return {};
}

} // namespace

const verb& quit_verb() {
  static constexpr verb result{"List the commands, or explain one; leave",
                               "quit",
                               "",
                               "Leave (exit and Ctrl-D do, too)",
                               "",
                               "quit",
                               "",
                               run_quit};
  return result;
}

} // namespace ganglion::cli
