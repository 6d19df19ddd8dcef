#include "runtime/cli/repl/words.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/network/neuron_text.hpp"
#include "metadata/text/names.hpp"

namespace ganglion::cli {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

bool parse_count(std::string_view text, std::uint64_t& out) {
  auto end = text.data() + text.size();
  auto [last, code] = std::from_chars(text.data(), end, out);
  return code == std::errc{} && last == end && !text.empty();
}

} // namespace

caf::error expected_instead(std::string text) {
  return make_failure(errc::bad_argument, std::move(text));
}

caf::expected<words> split_words(std::string_view line) {
  words result;
  std::size_t i = 0;
  while (i < line.size()) {
    if (is_blank(line[i])) {
      ++i;
      continue;
    }
    if (line[i] == '#')
      break;
    std::string word;
    for (; i < line.size() && !is_blank(line[i]); ++i) {
      if (line[i] != '"' && line[i] != '\'') {
        word += line[i];
        continue;
      }
      auto end = line.find(line[i], i + 1);
      if (end == std::string_view::npos)
        return expected_instead(fmt::format("expected a closing {} after: {}",
                                            line[i],
                                            printable(line.substr(i + 1))));
      word += line.substr(i + 1, end - i - 1);
      i = end;
    }
    result.push_back(std::move(word));
  }
  return result;
}

caf::expected<double> to_number(const std::string& word,
                                std::string_view what) {
  double result = 0;
  auto end = word.data() + word.size();
  auto [last, code] = std::from_chars(word.data(), end, result);
  if (code == std::errc{} && last == end && std::isfinite(result))
    return result;
  return expected_instead(fmt::format("{}: expected a number, not '{}'",
                                      printable(what), printable(word)));
}

caf::expected<std::uint64_t> to_count(const std::string& word,
                                      std::string_view what) {
  std::uint64_t result = 0;
  if (parse_count(word, result))
    return result;
  return expected_instead(fmt::format("{}: expected a whole number, not '{}'",
                                      printable(what), printable(word)));
}

caf::expected<named_values>
named_values::parse(std::span<const std::string> from,
                    std::span<const std::string_view> names,
                    std::span<const std::string_view> flags) {
  named_values result;
  auto among = [](auto xs, const std::string& x) {
    return std::find(xs.begin(), xs.end(), x) != xs.end();
  };
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto& name = from[i];
    auto flag = among(flags, name);
    if (!flag && !among(names, name)) {
      std::vector<std::string_view> all{names.begin(), names.end()};
      all.insert(all.end(), flags.begin(), flags.end());
      return expected_instead(
        fmt::format("'{}': expected {}{}", printable(name),
                    all.size() > 1 ? "one of " : "", fmt::join(all, ", ")));
    }
    if (!flag && i + 1 == from.size())
      return expected_instead(fmt::format("expected a value after '{}'", name));
    if (!result.values_.emplace(name, flag ? "" : from[i + 1]).second)
      return expected_instead(fmt::format("expected '{}' once only", name));
    i += flag ? 0 : 1;
  }
  return result;
}

caf::error named_values::take(std::string_view name, std::uint64_t& to) const {
  auto i = values_.find(name);
  if (i == values_.end())
    return {};
  auto value = to_count(i->second, name);
  if (!value)
    return value.error();
  to = *value;
  return {};
}

caf::error named_values::take(std::string_view name, float& to) const {
  auto i = values_.find(name);
  if (i == values_.end())
    return {};
  auto value = to_number(i->second, name);
  if (!value)
    return value.error();
  to = static_cast<float>(*value);
  return {};
}

void named_values::take(std::string_view name, std::string& to) const {
  if (auto i = values_.find(name); i != values_.end())
    to = i->second;
}

caf::expected<std::vector<neuron_range>>
to_neurons(const network& net, std::span<const std::string> from) {
  std::vector<neuron_range> all;
  for (const auto& word : from) {
    auto range = find_neurons(net, word);
    if (!range)
      return range.error();
    // By number, a range may go over several layers.
    for (layer_id id = 0; id < net.layers().size(); ++id)
      if (auto part = intersection(*range, net.range_of(id)); !part.empty())
        all.push_back(part);
  }
  std::sort(all.begin(), all.end());
  std::vector<neuron_range> result;
  neuron_id done = 0;
  for (auto x : all) {
    auto rest = range_between(std::max(x.first, done), x.end());
    if (!rest.empty())
      result.push_back(rest);
    done = std::max(done, x.end());
  }
  return result;
}

std::string name_of(const network& net, neuron_range range) {
  auto id = *net.layer_of(range.first);
  auto all = net.range_of(id);
  const auto& name = net.at(id).name;
  if (auto own = net.name_of(range.first); range.count == 1 && !own.empty())
    return std::string{own};
  // Neurons that are wired one by one are known by their numbers.
  if (net.is_wired(id) && range != all)
    return to_string(range);
  auto first = range.first - all.first;
  if (range == all)
    return name;
  if (range.count == 1)
    return fmt::format("{}[{}]", name, first);
  return fmt::format("{}[{}..{}]", name, first, first + range.count - 1);
}

std::string short_name(const network& net, neuron_id neuron) {
  auto name = net.name_of(neuron);
  return name.empty() ? fmt::format("{}", neuron) : std::string{name};
}

caf::expected<std::vector<neuron_range>> to_numbers(std::string_view text,
                                                    std::string_view what) {
  std::vector<neuron_range> result;
  for (auto rest = text; !rest.empty() || result.empty();) {
    auto end = std::min(rest.find(','), rest.size());
    auto one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    auto separator = one.find("..") != std::string_view::npos ? ".." : "-";
    constexpr auto limit = ~std::uint64_t{0};
    auto range = parse_indexes(one, separator, {0, limit}, one);
    if (!range)
      return expected_instead(fmt::format("{} {}: expected numbers of neurons, "
                                          "such as 3,5..7",
                                          what, printable(text)));
    result.push_back(*range);
  }
  return result;
}

} // namespace ganglion::cli
