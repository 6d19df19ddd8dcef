#include "distributor/strategies/percentage.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "distributor/scopes.hpp"
#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "metadata/text/number_text.hpp"

namespace ganglion {

caf::expected<by_percentage> by_percentage::parse(std::string_view args,
                                                  const strategy_flags& flags) {
  by_percentage result;
  result.exact = flags.exact;
  for (auto item : split_at(args, ',')) {
    auto share = number_from<double>(item);
    if (!share || !(*share >= 0 && *share <= 100))
      return bad_strategy(
        fmt::format("percentage '{}' is no number from 0 to 100: "
                    "write {}",
                    printable(item), example));
    result.shares.push_back(*share);
  }
  return result;
}

namespace {

caf::error check_shares(const by_percentage& how, const cluster_view& cluster) {
  if (how.shares.size() != cluster.nodes.size())
    return make_failure(errc::bad_argument,
                        fmt::format("there are {} percentages for {} nodes: "
                                    "give one for each node",
                                    how.shares.size(), cluster.nodes.size()));
  auto sum = std::accumulate(how.shares.begin(), how.shares.end(), 0.0);
  // Thirds and the like are written with few digits.
  if (std::abs(sum - 100) > 1e-6 * static_cast<double>(how.shares.size()))
    return make_failure(errc::bad_argument,
                        fmt::format("the percentages sum to {:.6g}, not 100: "
                                    "{} {:.6g} {} one of them",
                                    sum, sum < 100 ? "add" : "take",
                                    std::abs(100 - sum),
                                    sum < 100 ? "to" : "from"));
  return {};
}

/// Borders between nodes, in positions of the scope, on block borders.
std::vector<std::uint64_t> block_borders(const by_percentage& how,
                                         const divided_scope& scope) {
  std::vector<std::uint64_t> result{0};
  double sum = 0;
  auto size = static_cast<double>(scope.size());
  for (auto share : how.shares) {
    sum += share;
    result.push_back(scope.nearest_block_border(size * sum / 100));
  }
  result.back() = scope.size();
  return result;
}

/// Largest remainder (Hamilton's method): every node gets the whole part of
/// its share, and what is left goes to the largest fractions, first come first.
std::vector<std::uint64_t> exact_borders(const by_percentage& how,
                                         const divided_scope& scope) {
  std::vector<std::uint64_t> counts;
  std::vector<std::pair<double, std::size_t>> remainders;
  std::uint64_t given = 0;
  for (auto share : how.shares) {
    auto wanted = static_cast<double>(scope.size()) * share / 100;
    // A share that is whole but for rounding must not lose a neuron.
    auto whole = std::floor(wanted + 1e-9);
    remainders.emplace_back(wanted - whole, counts.size());
    counts.push_back(static_cast<std::uint64_t>(whole));
    given += counts.back();
  }
  std::stable_sort(
    remainders.begin(), remainders.end(),
    [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t i = 0; given < scope.size(); ++i, ++given)
    ++counts[remainders[i % remainders.size()].second];
  std::vector<std::uint64_t> result{0};
  for (auto count : counts)
    result.push_back(std::min(result.back() + count, scope.size()));
  return result;
}

} // namespace

assignments assign(const network& net, const cluster_view& cluster,
                   const by_percentage& how, partition_scope within) {
  if (auto err = check_shares(how, cluster))
    return err;
  std::vector<assignment> result;
  for (const auto& scope : scopes_of(net, within)) {
    auto borders = how.exact ? exact_borders(how, scope)
                             : block_borders(how, scope);
    for (node_index node = 0; node + 1 < borders.size(); ++node)
      scope.assign(borders[node], borders[node + 1], node, result);
  }
  return result;
}

} // namespace ganglion
