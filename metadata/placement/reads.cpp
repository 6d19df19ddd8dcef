#include "metadata/placement/reads.hpp"

#include <algorithm>
#include <utility>

#include "metadata/layers/layer_rule.hpp"
#include "metadata/network/blocks.hpp"

namespace ganglion {

namespace {

using neuron_ranges = std::vector<neuron_range>;

/// The range before the first one that begins behind `id`.
std::size_t range_before(std::span<const neuron_range> in, neuron_id id) {
  auto i = std::upper_bound(
    in.begin(), in.end(), id,
    [](neuron_id x, const neuron_range& y) { return x < y.first; });
  return static_cast<std::size_t>(i - in.begin());
}

/// Sorts ranges, and joins those that touch each other.
void join_ranges(neuron_ranges& all) {
  std::sort(all.begin(), all.end());
  std::size_t size = 0;
  for (auto x : all) {
    if (size == 0 || x.first > all[size - 1].end())
      all[size++] = x;
    else
      all[size - 1] = range_between(all[size - 1].first,
                                    std::max(all[size - 1].end(), x.end()));
  }
  all.resize(size);
}

void add_reads(const network& net, layer_id source, layer_id consumer,
               neuron_range range, neuron_ranges& to) {
  auto all = net.range_of(source);
  // What stands is in no rule, and what is given comes in one piece.
  if (net.stands(source) || net.is_given(source)) {
    to.push_back(all);
    return;
  }
  auto add = [&](neuron_range read, std::uint64_t) {
    if (all.contains(read) && !read.empty())
      to.push_back(read);
  };
  rule_of(net.at(consumer)).each_read(net, consumer, range, add);
}

/// What of the layer is in none of them.
neuron_ranges left_out(neuron_range all, const std::vector<neuron_ranges>& of) {
  neuron_ranges read;
  for (const auto& x : of)
    read.insert(read.end(), x.begin(), x.end());
  join_ranges(read);
  neuron_ranges result;
  auto first = all.first;
  for (auto x : read) {
    if (x.first > first)
      result.push_back(range_between(first, x.first));
    first = x.end();
  }
  if (first < all.end())
    result.push_back(range_between(first, all.end()));
  return result;
}

void add_left_out(neuron_range all, std::vector<neuron_ranges>& to) {
  auto rest = left_out(all, to);
  if (rest.empty() || to.empty())
    return;
  to.front().insert(to.front().end(), rest.begin(), rest.end());
  join_ranges(to.front());
}

/// What is read through one piece of the sum.
neuron_ranges reads_of_piece(const network& net, layer_id source,
                             const tree_node& piece) {
  neuron_ranges result;
  std::uint64_t zero = 0;
  for (auto consumer : net.consumers_of(source)) {
    auto end = zero + block_count(net, consumer);
    auto first = std::max(piece.first, zero);
    auto last = std::min(piece.last, end);
    if (first < last) {
      auto begin = block_range(net, consumer, first - zero).first;
      auto behind = block_range(net, consumer, last - 1 - zero).end();
      add_reads(net, source, consumer,
                piece.whole() ? range_between(begin, behind) : piece.part,
                result);
    }
    zero = end;
  }
  join_ranges(result);
  return result;
}

} // namespace

bool reads_all(std::span<const neuron_range> read, neuron_range range) {
  auto i = range_before(read, range.first);
  return i > 0 && read[i - 1].contains(range);
}

bool reads_some(std::span<const neuron_range> read, neuron_range range) {
  auto i = range_before(read, range.first);
  return (i > 0 && read[i - 1].end() > range.first)
         || (i < read.size() && read[i].first < range.end());
}

std::vector<node_reads> reads_of_outputs(const network& net, layer_id source,
                                         const placement& where) {
  std::vector<neuron_ranges> read(where.nodes().size());
  std::vector<bool> takes(read.size());
  for (auto consumer : net.consumers_of(source))
    for (const auto& held : where.ranges_of(consumer)) {
      takes[held.node] = true;
      add_reads(net, source, consumer, held.range, read[held.node]);
    }
  std::vector<node_index> nodes;
  std::vector<neuron_ranges> taken;
  for (node_index node = 0; node < read.size(); ++node) {
    if (!takes[node])
      continue;
    join_ranges(read[node]);
    if (read[node].empty())
      read[node].push_back({net.range_of(source).first, 1});
    nodes.push_back(node);
    taken.push_back(std::move(read[node]));
  }
  add_left_out(net.range_of(source), taken);
  std::vector<node_reads> result;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    result.push_back({nodes[i], std::move(taken[i])});
  return result;
}

std::vector<node_reads> takers_of(const network& net, layer_id source,
                                  const placement& where) {
  if (net.feeds_loss(source))
    return {{*loss_node(net, where), {net.range_of(source)}}};
  return reads_of_outputs(net, source, where);
}

std::vector<node_reads> reads_of_ticks(const network& net, layer_id id,
                                       const placement& where) {
  std::vector<neuron_ranges> read(where.nodes().size());
  for (const auto& held : where.ranges_of(id)) {
    read[held.node].push_back(held.range);
    add_reads(net, id, id, held.range, read[held.node]);
  }
  std::vector<node_reads> result;
  for (node_index node = 0; node < read.size(); ++node) {
    join_ranges(read[node]);
    if (!read[node].empty())
      result.push_back({node, std::move(read[node])});
  }
  return result;
}

std::vector<std::vector<neuron_range>>
reads_of_pieces(const network& net, layer_id source,
                std::span<const tree_node> pieces) {
  std::vector<neuron_ranges> result;
  result.reserve(pieces.size());
  for (const auto& x : pieces)
    result.push_back(reads_of_piece(net, source, x));
  add_left_out(net.range_of(source), result);
  return result;
}

} // namespace ganglion
