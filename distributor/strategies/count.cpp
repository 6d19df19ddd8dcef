#include "distributor/strategies/count.hpp"

#include <fmt/format.h>

#include "distributor/scopes.hpp"
#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "metadata/text/number_text.hpp"

namespace ganglion {

caf::expected<by_count> by_count::parse(std::string_view args,
                                        const strategy_flags&) {
  by_count result;
  for (auto item : split_at(args, ',')) {
    if (item == "rest") {
      result.counts.emplace_back();
      continue;
    }
    auto count = number_from<std::uint64_t>(item);
    if (!count)
      return bad_strategy(
        fmt::format("count '{}' is no number of neurons: write {}",
                    printable(item), example));
    result.counts.push_back(count);
  }
  return result;
}

namespace {

caf::error check_entries(const by_count& how, const cluster_view& cluster) {
  if (how.counts.size() != cluster.nodes.size())
    return make_failure(errc::bad_argument,
                        fmt::format("counts: {}, nodes: {}: give one count for "
                                    "each node",
                                    how.counts.size(), cluster.nodes.size()));
  auto rests = 0;
  for (const auto& count : how.counts)
    rests += !count;
  if (rests > 1)
    return make_failure(errc::bad_argument,
                        "only one count may be 'rest': give numbers for the "
                        "others");
  return {};
}

/// The counts with `rest` filled in.
caf::expected<std::vector<std::uint64_t>> resolve(const by_count& how,
                                                  const divided_scope& scope) {
  std::uint64_t sum = 0;
  bool has_rest = false;
  for (const auto& count : how.counts) {
    has_rest = has_rest || !count;
    if (count && *count > scope.size() - std::min(sum, scope.size()))
      sum = UINT64_MAX;
    else if (count && sum != UINT64_MAX)
      sum += *count;
  }
  if (sum > scope.size())
    return make_failure(errc::bad_argument,
                        fmt::format("the counts are more than the {} neurons "
                                    "with weights of {}: lower one of them",
                                    scope.size(), scope.name()));
  if (!has_rest && sum < scope.size())
    return make_failure(
      errc::bad_argument,
      fmt::format("the counts sum to {}, but {} has {} neurons with weights: "
                  "add {} to one of them, or write 'rest' for one",
                  sum, scope.name(), scope.size(), scope.size() - sum));
  std::vector<std::uint64_t> result;
  for (const auto& count : how.counts)
    result.push_back(count.value_or(scope.size() - sum));
  return result;
}

} // namespace

assignments assign(const network& net, const cluster_view& cluster,
                   const by_count& how, partition_scope within) {
  if (auto err = check_entries(how, cluster))
    return err;
  std::vector<assignment> result;
  for (const auto& scope : scopes_of(net, within)) {
    auto counts = resolve(how, scope);
    if (!counts)
      return counts.error();
    std::uint64_t first = 0;
    for (node_index node = 0; node < counts->size(); ++node) {
      scope.assign(first, first + (*counts)[node], node, result);
      first += (*counts)[node];
    }
  }
  return result;
}

} // namespace ganglion
