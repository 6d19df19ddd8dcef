#include "runtime/cli/repl/completion.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "runtime/cli/repl/verbs.hpp"

namespace ganglion::cli {

namespace {

void add_neurons(const workspace& w, std::string_view word, words& out) {
  if (!w.net)
    return;
  for (layer_id id = 0; id < w.net->layers().size(); ++id) {
    const auto& x = w.net->at(id);
    out.push_back(x.name);
    // Ranges once the layer is typed, so that names come first.
    if (word.starts_with(x.name))
      out.push_back(fmt::format("{}[0..{}]", x.name, x.neurons - 1));
  }
}

void add_files(std::string_view word, words& out) {
  std::error_code ignored;
  auto slash = word.rfind('/');
  std::string folder{slash == std::string_view::npos
                       ? std::string_view{}
                       : word.substr(0, slash + 1)};
  std::filesystem::directory_iterator files{folder.empty() ? "." : folder,
                                            ignored};
  for (const auto& x : files) {
    auto name = x.path().filename().string();
    if (!name.starts_with('.'))
      out.push_back(folder + name + (x.is_directory(ignored) ? "/" : ""));
  }
}

void add_keywords(std::string_view keywords, words& out) {
  if (auto xs = split_words(keywords))
    out.insert(out.end(), xs->begin(), xs->end());
}

bool among(std::string_view name, std::initializer_list<const char*> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void add_arguments(const workspace& w, const verb& x, std::string_view word,
                   words& out) {
  add_keywords(x.keywords, out);
  if (among(x.name, {"where", "show", "watch", "set", "ablate", "move",
                     "connect", "disconnect"}))
    add_neurons(w, word, out);
  if (x.name == "move" && w.on)
    for (const auto& node : w.on->nodes().view().nodes)
      out.push_back(node.name);
  if (among(x.name, {"source", "load", "save", "train", "network"}))
    add_files(word, out);
}

void add_verbs(words& out) {
  for (const auto* x : verbs())
    out.emplace_back(x->name);
}

} // namespace

std::string_view last_word(std::string_view line) {
  return line.substr(line.find_last_of(" \t") + 1);
}

std::vector<std::string> completions(const workspace& w,
                                     std::string_view line) {
  auto word = last_word(line);
  words before;
  if (auto cut = split_words(line.substr(0, line.size() - word.size())))
    before = std::move(*cut);
  // What stands behind "time" is a command itself.
  while (!before.empty() && before.front() == "time")
    before.erase(before.begin());
  words all;
  if (before.empty() || (before.size() == 1 && before.front() == "help"))
    add_verbs(all);
  else if (auto x = find_verb(before.front()))
    add_arguments(w, *x, word, all);
  std::erase_if(all, [word](const auto& x) { return !x.starts_with(word); });
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

bool is_whole(const workspace& w, std::string_view word) {
  // A layer may be followed by the indexes of neurons.
  return !word.ends_with('=') && !word.ends_with(':') && !word.ends_with('/')
         && !(w.net && w.net->find(word));
}

std::string common_start(const std::vector<std::string>& xs) {
  if (xs.empty())
    return {};
  auto result = xs.front();
  for (const auto& x : xs) {
    auto [i, j] = std::mismatch(result.begin(), result.end(), x.begin(),
                                x.end());
    result.erase(i, result.end());
  }
  return result;
}

} // namespace ganglion::cli
