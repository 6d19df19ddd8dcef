#include "metadata/network/summation_tree.hpp"

#include <algorithm>
#include <bit>

#include "metadata/network/blocks.hpp"

namespace ganglion {

namespace {

/// Leaves [first, last) held in full, to be covered by nodes.
struct leaf_interval {
  std::uint64_t first;
  std::uint64_t last;
};

void cover(leaf_interval held, tree_node node, std::vector<tree_node>& out) {
  if (node.last <= held.first || node.first >= held.last)
    return;
  if (node.first >= held.first && node.last <= held.last) {
    out.push_back(node);
    return;
  }
  auto middle = split_point(node);
  cover(held, {node.first, middle, {}}, out);
  cover(held, {middle, node.last, {}}, out);
}

/// Collects what is held, leaf by leaf, joining neighbours that are whole.
class collector {
public:
  explicit collector(std::uint64_t total) : total_(total) {
    // nop
  }

  void add_whole(leaf_interval leaves) {
    if (open_.last != leaves.first) {
      flush();
      open_ = leaves;
    } else {
      open_.last = leaves.last;
    }
  }

  void add_part(std::uint64_t leaf, neuron_range part) {
    flush();
    nodes_.push_back({leaf, leaf + 1, part});
  }

  std::vector<tree_node> finish() {
    flush();
    return std::move(nodes_);
  }

private:
  void flush() {
    if (open_.first < open_.last)
      cover(open_, {0, total_, {}}, nodes_);
    open_ = {0, 0};
  }

  std::uint64_t total_;
  leaf_interval open_{0, 0};
  std::vector<tree_node> nodes_;
};

/// Adds one held range of one consumer. Whole blocks in the middle are one
/// interval, so that the cost does not grow with their number.
void collect_range(const network& net, layer_id source, layer_id consumer,
                   neuron_range held, collector& out) {
  auto leaf = [&](neuron_id neuron) {
    return leaf_of(net, source, consumer, block_of(net, consumer, neuron));
  };
  auto whole = [&](neuron_id neuron) {
    return block_range(net, consumer, block_of(net, consumer, neuron));
  };
  auto head = intersection(held, whole(held.first));
  if (head != whole(held.first)) {
    out.add_part(leaf(held.first), head);
    held = range_between(head.end(), held.end());
    if (held.empty())
      return;
  }
  auto tail = intersection(held, whole(held.end() - 1));
  auto has_tail = tail != whole(held.end() - 1);
  auto middle = has_tail ? range_between(held.first, tail.first) : held;
  if (!middle.empty())
    out.add_whole({leaf(middle.first), leaf(middle.end() - 1) + 1});
  if (has_tail)
    out.add_part(leaf(tail.first), tail);
}

} // namespace

std::uint64_t split_point(const tree_node& node) noexcept {
  return node.first + std::bit_ceil(node.last - node.first) / 2;
}

std::uint64_t leaf_count(const network& net, layer_id source) {
  std::uint64_t result = 0;
  for (auto consumer : net.consumers_of(source))
    result += block_count(net, consumer);
  return std::max<std::uint64_t>(result, 1);
}

std::uint64_t leaf_of(const network& net, layer_id source, layer_id consumer,
                      std::uint64_t block) {
  for (auto id : net.consumers_of(source)) {
    if (id == consumer)
      break;
    block += block_count(net, id);
  }
  return block;
}

std::vector<tree_node> contributions(const network& net, layer_id source,
                                     std::span<const neuron_range> held) {
  collector out{leaf_count(net, source)};
  for (auto consumer : net.consumers_of(source)) {
    auto all = net.range_of(consumer);
    for (auto range : held)
      if (all.contains(range.first) && !range.empty())
        collect_range(net, source, consumer, range, out);
  }
  return out.finish();
}

std::vector<tree_node> maximal_nodes(std::uint64_t first, std::uint64_t last,
                                     std::uint64_t total) {
  std::vector<tree_node> result;
  if (first < last)
    cover({first, last}, {0, total, {}}, result);
  return result;
}

} // namespace ganglion
