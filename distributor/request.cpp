#include "distributor/request.hpp"

#include <charconv>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/names.hpp"

namespace ganglion {

namespace {

caf::error bad(std::string text) {
  return make_failure(errc::bad_argument, std::move(text));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> result;
  for (;;) {
    auto end = text.find(separator);
    result.push_back(text.substr(0, end));
    if (end == std::string_view::npos)
      return result;
    text.remove_prefix(end + 1);
  }
}

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

template <class T>
std::optional<T> number(std::string_view text) {
  T result{};
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(),
                                   result);
  if (ec != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return result;
}

caf::expected<by_count> parse_count(std::string_view args) {
  by_count result;
  for (auto item : split(args, ',')) {
    if (item == "rest") {
      result.counts.emplace_back();
      continue;
    }
    auto count = number<std::uint64_t>(item);
    if (!count)
      return bad(fmt::format("count '{}' is no number of neurons: write "
                             "count=200,150,rest",
                             printable(item)));
    result.counts.push_back(count);
  }
  return result;
}

caf::expected<by_percentage> parse_percentage(std::string_view args,
                                              bool exact) {
  by_percentage result;
  result.exact = exact;
  for (auto item : split(args, ',')) {
    auto share = number<double>(item);
    if (!share || !(*share >= 0 && *share <= 100))
      return bad(fmt::format("percentage '{}' is no number from 0 to 100: "
                             "write percentage=50,30,20",
                             printable(item)));
    result.shares.push_back(*share);
  }
  return result;
}

/// Splits "a:x+y" into the node's name and its items.
caf::expected<std::pair<std::string, std::vector<std::string_view>>>
parse_entry(std::string_view text, std::string_view example) {
  auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0)
    return bad(
      fmt::format("'{}' names no node: write {}", printable(text), example));
  return std::pair{std::string{trim(text.substr(0, colon))},
                   split(trim(text.substr(colon + 1)), '+')};
}

/// Whether somebody meant a number or a range, not a neuron's name.
bool is_numeric(std::string_view text) {
  return text.find_first_not_of("0123456789-") == std::string_view::npos;
}

caf::expected<neuron_range> parse_range(std::string_view text) {
  auto dash = text.find('-');
  auto first = number<std::uint64_t>(text.substr(0, dash));
  auto last = dash == std::string_view::npos
                ? first
                : number<std::uint64_t>(text.substr(dash + 1));
  if (!first || !last || *last < *first || *last == UINT64_MAX)
    return bad(fmt::format("'{}' is no neuron and no range of neurons: write "
                           "784 or 784-900",
                           printable(text)));
  return range_between(*first, *last + 1);
}

caf::expected<by_layers> parse_layers(std::string_view args) {
  by_layers result;
  if (args.empty())
    return result;
  for (auto item : split(args, ',')) {
    auto entry = parse_entry(item, "layers=a:1+2,b:3");
    if (!entry)
      return entry.error();
    result.entries.push_back(
      {entry->first, {entry->second.begin(), entry->second.end()}});
  }
  return result;
}

template <class T>
caf::expected<partition_request> request_of(caf::expected<T> strategy,
                                            partition_scope within) {
  if (!strategy)
    return strategy.error();
  return partition_request{std::move(*strategy), within};
}

} // namespace

caf::error add_identifiers(by_identifiers& result, std::string_view text) {
  auto entry = parse_entry(text, "identifiers=a:784-900+950,b:901-949");
  if (!entry)
    return entry.error();
  by_identifiers::entry parsed{entry->first, {}, {}};
  for (auto item : entry->second) {
    item = trim(item);
    if (!is_numeric(item)) {
      parsed.neurons.emplace_back(item);
      continue;
    }
    auto range = parse_range(item);
    if (!range)
      return range.error();
    parsed.ranges.push_back(*range);
  }
  result.entries.push_back(std::move(parsed));
  return {};
}

namespace {

caf::expected<by_identifiers> parse_identifiers(std::string_view args) {
  by_identifiers result;
  for (auto item : split(args, ','))
    if (auto err = add_identifiers(result, item))
      return err;
  return result;
}

} // namespace

caf::expected<partition_request>
parse_request(std::string_view text, bool exact, std::string_view within) {
  auto scope = partition_scope::network;
  if (within == "layer")
    scope = partition_scope::layer;
  else if (!within.empty() && within != "network")
    return bad(fmt::format("cannot divide within '{}': use layer or network",
                           printable(within)));
  auto equals = text.find('=');
  auto name = text.substr(0, equals);
  auto args = equals == std::string_view::npos ? std::string_view{}
                                               : text.substr(equals + 1);
  auto divides = name == "count" || name == "percentage";
  if (scope == partition_scope::layer && !divides)
    return bad("--within layer goes with count and percentage only");
  if (exact && name != "percentage")
    return bad("--exact goes with percentage only: counts and identifiers are "
               "always exact");
  if (name == "count")
    return request_of(parse_count(args), scope);
  if (name == "percentage")
    return request_of(parse_percentage(args, exact), scope);
  if (name == "identifiers" && !args.empty())
    return request_of(parse_identifiers(args), scope);
  if (name == "layers")
    return request_of(parse_layers(args), scope);
  return bad(
    fmt::format("unknown strategy '{}': use count=200,150,rest, "
                "percentage=50,30,20, identifiers=a:784-900+950,b:..., "
                "layers=a:1+2,b:3 or layers",
                printable(text)));
}

} // namespace ganglion
