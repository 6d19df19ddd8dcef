#include "metadata/placement/placement.hpp"

#include <algorithm>

#include "metadata/network/blocks.hpp"
#include "metadata/text/enum_text.hpp"

namespace ganglion {

namespace {

std::vector<placed_range> cut_at_layers(const network& net,
                                        const assignment& given) {
  std::vector<placed_range> result;
  auto rest = given.range;
  for (auto id = *net.layer_of(rest.first); !rest.empty(); ++id) {
    auto part = intersection(rest, net.range_of(id));
    result.push_back({part, id, given.node});
    rest = range_between(part.end(), rest.end());
  }
  return result;
}

/// Finds what is missing and what is doubled among sorted ranges.
class coverage {
public:
  explicit coverage(const network& net) : net_(net) {
    // nop
  }

  caf::error check(const std::vector<placed_range>& sorted) {
    for (layer_id id = 0; id < net_.layers().size(); ++id)
      if (!net_.is_given(id))
        layers_.push_back(net_.range_of(id));
    next_ = layers_.empty() ? 0 : layers_.front().first;
    for (const auto& x : sorted)
      add(x.range);
    advance_to(net_.neuron_count());
    return report();
  }

private:
  void add(neuron_range range) {
    if (range.first < next_)
      add_doubled(range_between(range.first, std::min(next_, range.end())));
    advance_to(range.first);
    next_ = std::max(next_, range.end());
  }

  /// Three holders of one neuron double it once.
  void add_doubled(neuron_range range) {
    if (doubled_.empty() || doubled_.back().end() < range.first)
      doubled_.push_back(range);
    else
      doubled_.back() = range_between(
        doubled_.back().first, std::max(doubled_.back().end(), range.end()));
  }

  /// Everything with weights from next_ to `id` is missing.
  void advance_to(neuron_id id) {
    if (id <= next_)
      return;
    for (auto all : layers_) {
      auto part = intersection(all, range_between(next_, id));
      if (!part.empty())
        missing_.push_back(part);
    }
    next_ = id;
  }

  caf::error report() const {
    if (missing_.empty() && doubled_.empty())
      return {};
    error_details details;
    std::vector<std::string> sentences;
    auto add_sentence = [&](const char* what,
                            const std::vector<neuron_range>& ranges) {
      std::vector<std::string> texts;
      texts.reserve(ranges.size());
      for (auto range : ranges)
        texts.push_back(to_string(range));
      if (!texts.empty())
        sentences.push_back(
          fmt::format("{}: {}", what, fmt::join(texts, ", ")));
      details.ranges.insert(details.ranges.end(), ranges.begin(), ranges.end());
    };
    add_sentence("neurons placed on no node", missing_);
    add_sentence("neurons placed more than once", doubled_);
    details.text = fmt::format(
      "{}: place each neuron with weights exactly once",
      fmt::join(sentences, "; "));
    return make_failure(errc::bad_placement, std::move(details));
  }

  const network& net_;
  std::vector<neuron_range> layers_;
  std::vector<neuron_range> missing_;
  std::vector<neuron_range> doubled_;
  neuron_id next_ = 0;
};

caf::error check_target(const network& net, const assignment& x,
                        std::size_t nodes) {
  if (x.node >= nodes)
    return make_failure(errc::bad_placement,
                        fmt::format("neurons {} are placed on node number {}, "
                                    "but there are {} nodes",
                                    to_string(x.range), x.node, nodes));
  if (x.range.end() > net.neuron_count() || x.range.end() < x.range.first)
    return make_failure(
      errc::bad_placement,
      {fmt::format("neurons {} go past the last neuron, {}", to_string(x.range),
                   net.neuron_count() - 1),
       {x.range},
       {},
       {}});
  for (auto id : input_layers(net)) {
    auto part = intersection(x.range, net.range_of(id));
    if (!part.empty())
      return make_failure(
        errc::bad_placement,
        {fmt::format("neurons {} are inputs (layer '{}') and have no weights "
                     "to place: leave them out",
                     to_string(part), net.at(id).name),
         {part},
         {net.at(id).name},
         {}});
  }
  return {};
}

void append_merged(std::vector<placed_range>& out, const placed_range& x) {
  if (!out.empty() && out.back().node == x.node && out.back().layer == x.layer
      && out.back().range.end() == x.range.first)
    out.back().range.count += x.range.count;
  else
    out.push_back(x);
}

} // namespace

caf::expected<placement> placement::make(const network& net,
                                         std::vector<std::string> nodes,
                                         std::vector<assignment> assignments) {
  std::vector<placed_range> parts;
  for (const auto& x : assignments) {
    if (x.range.empty())
      continue;
    if (auto err = check_target(net, x, nodes.size()))
      return err;
    auto cut = cut_at_layers(net, x);
    parts.insert(parts.end(), cut.begin(), cut.end());
  }
  std::sort(parts.begin(), parts.end(),
            [](const auto& a, const auto& b) { return a.range < b.range; });
  if (auto err = coverage{net}.check(parts))
    return err;
  placement result;
  result.nodes_ = std::move(nodes);
  for (const auto& x : parts)
    append_merged(result.ranges_, x);
  return result;
}

std::span<const placed_range> placement::ranges_of(layer_id id) const {
  auto before = [](const placed_range& x, layer_id y) { return x.layer < y; };
  auto after = [](layer_id y, const placed_range& x) { return y < x.layer; };
  auto first = std::lower_bound(ranges_.begin(), ranges_.end(), id, before);
  auto last = std::upper_bound(first, ranges_.end(), id, after);
  return {first, last};
}

std::vector<placed_range> placement::held_by(node_index node) const {
  std::vector<placed_range> result;
  std::copy_if(ranges_.begin(), ranges_.end(), std::back_inserter(result),
               [node](const auto& x) { return x.node == node; });
  return result;
}

caf::expected<node_index> placement::node_of(neuron_id id) const {
  auto i = std::upper_bound(
    ranges_.begin(), ranges_.end(), id,
    [](neuron_id x, const placed_range& y) { return x < y.range.first; });
  if (i != ranges_.begin() && (--i)->range.contains(id))
    return i->node;
  return make_failure(
    errc::not_found,
    {fmt::format("neuron {} is placed on no node", id), {{id, 1}}, {}, {}});
}

caf::error check(const network& net, const cluster_view& cluster,
                 const placement& where) {
  auto same_name = [](const std::string& name, const node_info& node) {
    return name == node.name;
  };
  if (!std::equal(where.nodes().begin(), where.nodes().end(),
                  cluster.nodes.begin(), cluster.nodes.end(), same_name))
    return make_failure(errc::bad_placement,
                        "the placement speaks of other nodes than the cluster");
  std::vector<assignment> assignments;
  assignments.reserve(where.ranges().size());
  for (const auto& x : where.ranges())
    assignments.push_back({x.range, x.node});
  auto made = placement::make(net, where.nodes(), std::move(assignments));
  if (!made)
    return made.error();
  if (*made != where)
    return make_failure(errc::bad_placement,
                        "the placement is not in its canonical form");
  return {};
}

bool on_block_borders(const network& net, const placement& where) {
  return std::all_of(where.ranges().begin(), where.ranges().end(),
                     [&](const auto& x) {
                       return on_block_border(net, x.layer, x.range.first)
                              && on_block_border(net, x.layer, x.range.end());
                     });
}

caf::expected<node_index> loss_node(const network& net,
                                    const placement& where) {
  auto output = output_layer(net);
  if (!output)
    return output.error();
  std::vector<std::uint64_t> held(where.nodes().size());
  for (const auto& x : where.ranges_of(*output))
    held[x.node] += x.range.count;
  auto most = std::max_element(held.begin(), held.end());
  return static_cast<node_index>(most - held.begin());
}

} // namespace ganglion
