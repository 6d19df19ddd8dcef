#include "distributor/request.hpp"

#include <cstddef>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "metadata/text/names.hpp"

namespace ganglion {

namespace {

using parsed_strategy = caf::expected<any_strategy>;

template <std::size_t I>
using strategy_at = std::variant_alternative_t<I, any_strategy>;

constexpr auto all_strategies
  = std::make_index_sequence<std::variant_size_v<any_strategy>>{};

template <class Strategy>
parsed_strategy parse_as(std::string_view args, const strategy_flags& flags) {
  auto made = Strategy::parse(args, flags);
  if (!made)
    return made.error();
  return any_strategy{std::move(*made)};
}

/// Nothing where no strategy has this name.
template <std::size_t... Is>
std::optional<parsed_strategy>
parse_named(std::string_view name, std::string_view args,
            const strategy_flags& flags, std::index_sequence<Is...>) {
  std::optional<parsed_strategy> result;
  static_cast<void>(
    ((strategy_at<Is>::name == name
      && (result.emplace(parse_as<strategy_at<Is>>(args, flags)), true))
     || ...));
  return result;
}

template <std::size_t... Is>
bool divides(std::string_view name, std::index_sequence<Is...>) {
  return ((strategy_at<Is>::name == name && strategy_at<Is>::divides) || ...);
}

template <std::size_t... Is>
std::string examples(std::index_sequence<Is...>) {
  std::string result;
  static_cast<void>(((result += fmt::format("{}{}", Is > 0 ? ", " : "",
                                            strategy_at<Is>::example),
                      false)
                     || ...));
  return result;
}

} // namespace

std::string strategy_examples() {
  return examples(all_strategies);
}

caf::expected<partition_scope> scope_for(std::string_view strategy, bool exact,
                                         std::string_view within) {
  auto scope = partition_scope::network;
  if (within == "layer")
    scope = partition_scope::layer;
  else if (!within.empty() && within != "network")
    return bad_strategy(fmt::format(
      "cannot divide within '{}': use layer or network", printable(within)));
  if (scope == partition_scope::layer && !divides(strategy, all_strategies))
    return bad_strategy("--within layer goes with count and percentage only");
  if (exact && strategy != by_percentage::name)
    return bad_strategy("--exact goes with percentage only: counts and "
                        "identifiers are always exact");
  return scope;
}

caf::expected<partition_request>
parse_request(std::string_view text, bool exact, std::string_view within) {
  auto equals = text.find('=');
  auto name = text.substr(0, equals);
  auto args = equals == std::string_view::npos ? std::string_view{}
                                               : text.substr(equals + 1);
  auto scope = scope_for(name, exact, within);
  if (!scope)
    return scope.error();
  auto made = parse_named(name, args, {exact}, all_strategies);
  if (!made)
    return bad_strategy(fmt::format("unknown strategy '{}': use {}",
                                    printable(text), strategy_examples()));
  if (!*made)
    return made->error();
  return partition_request{std::move(**made), *scope};
}

} // namespace ganglion
