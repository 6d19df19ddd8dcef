#include "metadata/network/wiring.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "metadata/text/names.hpp"

namespace ganglion {

namespace {

std::string check_edges(const std::vector<edge>& sorted, neuron_range own,
                        std::span<const neuron_range> sources) {
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const auto& x = sorted[i];
    auto reads = [&x](neuron_range y) { return y.contains(x.source); };
    if (!own.contains(x.target))
      return fmt::format("has an edge {} -> {}, but its neurons are {}",
                         x.source, x.target, to_string(own));
    if (std::none_of(sources.begin(), sources.end(), reads))
      return fmt::format("has an edge {} -> {}, but {} is in no layer that it "
                         "takes as an input",
                         x.source, x.target, x.source);
    if (i > 0 && sorted[i - 1] == x)
      return fmt::format("has the edge {} -> {} twice", x.source, x.target);
  }
  return {};
}

/// Sorts and joins ranges.
std::string join_outputs(std::vector<neuron_range>& xs, neuron_range own) {
  std::sort(xs.begin(), xs.end());
  std::vector<neuron_range> joined;
  for (auto x : xs) {
    if (x.empty() || x.first < own.first || x.first >= own.end()
        || x.count > own.end() - x.first)
      return fmt::format("has outputs {}, but its neurons are {}", to_string(x),
                         to_string(own));
    if (!joined.empty() && joined.back().end() >= x.first)
      joined.back() = range_between(joined.back().first,
                                    std::max(joined.back().end(), x.end()));
    else
      joined.push_back(x);
  }
  if (joined.size() == 1 && joined.front() == own)
    joined.clear();
  xs = std::move(joined);
  return {};
}

/// The edges within a layer by their source, neurons counted from its first.
class inner_graph {
public:
  inner_graph(const wiring& x, neuron_range own)
    : starts_(own.count + 1), missing_(own.count) {
    for (const auto& y : x.edges) {
      if (own.contains(y.source)) {
        ++starts_[y.source - own.first + 1];
        ++missing_[y.target - own.first];
      }
    }
    for (std::size_t i = 1; i < starts_.size(); ++i)
      starts_[i] += starts_[i - 1];
    targets_.resize(starts_.back());
    auto next = starts_;
    for (const auto& y : x.edges)
      if (own.contains(y.source))
        targets_[next[y.source - own.first]++] = y.target - own.first;
  }

  [[nodiscard]] bool empty() const noexcept {
    return targets_.empty();
  }

  [[nodiscard]] std::span<const std::uint64_t> readers(std::size_t i) const {
    return std::span{targets_}.subspan(starts_[i], starts_[i + 1] - starts_[i]);
  }

  /// Neurons on the longest way, or 0 where there is a loop.
  [[nodiscard]] std::uint64_t depth() const {
    auto missing = missing_;
    std::vector<std::uint64_t> level(missing.size(), 1);
    std::vector<std::uint64_t> order;
    for (std::size_t i = 0; i < missing.size(); ++i)
      if (missing[i] == 0)
        order.push_back(i);
    std::uint64_t result = 1;
    for (std::size_t k = 0; k < order.size(); ++k) {
      result = std::max(result, level[order[k]]);
      for (auto reader : readers(order[k])) {
        level[reader] = std::max(level[reader], level[order[k]] + 1);
        if (--missing[reader] == 0)
          order.push_back(reader);
      }
    }
    return order.size() == missing.size() ? result : 0;
  }

  /// Ticks until everything that the neurons `from` answer has reached all
  /// neurons that it can reach.
  [[nodiscard]] std::uint64_t reach(std::vector<std::uint64_t> from) const {
    std::vector<std::uint64_t> level(missing_.size());
    for (auto i : from)
      level[i] = 1;
    std::uint64_t result = 1;
    for (std::size_t k = 0; k < from.size(); ++k) {
      result = std::max(result, level[from[k]]);
      for (auto reader : readers(from[k])) {
        if (level[reader] > 0)
          continue;
        level[reader] = level[from[k]] + 1;
        from.push_back(reader);
      }
    }
    return result;
  }

private:
  std::vector<std::uint64_t> starts_;
  std::vector<std::uint64_t> targets_;
  /// Edges into each.
  std::vector<std::uint64_t> missing_;
};

/// Neurons that read something outside the layer, each once.
std::vector<std::uint64_t> readers_of_inputs(const wiring& x,
                                             neuron_range own) {
  std::vector<std::uint64_t> result;
  for (const auto& y : x.edges) {
    auto target = y.target - own.first;
    if (!own.contains(y.source) && (result.empty() || result.back() != target))
      result.push_back(target);
  }
  // By target, but sources outside may surround those inside.
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

} // namespace

std::string check_names(const std::vector<std::string>& names,
                        std::uint64_t neurons) {
  if (names.empty())
    return {};
  if (names.size() != neurons)
    return fmt::format("has {} names for {} neurons", names.size(), neurons);
  std::vector<std::string_view> sorted{names.begin(), names.end()};
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i].empty() || check_text("the name", sorted[i], max_neuron_name))
      return fmt::format("has a neuron '{}', which is no name",
                         printable(sorted[i]));
    if (i > 0 && sorted[i] == sorted[i - 1])
      return fmt::format("has two neurons '{}'", sorted[i]);
  }
  return {};
}

std::string put_in_order(wiring& x, neuron_range own,
                         std::span<const neuron_range> sources) {
  if (own.count > max_sparse_neurons)
    return fmt::format("is sparse and has {} neurons: at most {} can be, since "
                       "each is an actor",
                       own.count, max_sparse_neurons);
  if (x.edges.size() > max_edges)
    return fmt::format("has {} edges: at most {} are possible", x.edges.size(),
                       max_edges);
  std::sort(x.edges.begin(), x.edges.end());
  auto problem = check_edges(x.edges, own, sources);
  if (problem.empty())
    problem = join_outputs(x.outputs, own);
  return problem;
}

schedule schedule_of(const wiring& x, neuron_range own) {
  schedule result;
  std::uint64_t row = 0;
  for (std::size_t i = 0; i < x.edges.size(); ++i) {
    row = i > 0 && x.edges[i - 1].target == x.edges[i].target ? row + 1 : 1;
    result.row = std::max(result.row, row);
  }
  inner_graph inner{x, own};
  result.reads_itself = !inner.empty();
  result.ticks = inner.depth();
  result.has_loop = result.ticks == 0;
  if (result.has_loop)
    result.ticks = std::max(usual_ticks,
                            inner.reach(readers_of_inputs(x, own)));
  return result;
}

std::span<const edge> edges_into(const wiring& x, neuron_range targets) {
  auto first = std::lower_bound(x.edges.begin(), x.edges.end(),
                                edge{0, targets.first});
  auto last = std::lower_bound(first, x.edges.end(), edge{0, targets.end()});
  return {first, last};
}

} // namespace ganglion
