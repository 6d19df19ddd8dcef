// What checks.hpp says of reports and tensors, which flow without an answer.
#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/messages/checks.hpp"

namespace ganglion {

namespace {

caf::error unfit(neuron_range range, std::string text) {
  return make_failure(errc::protocol, {std::move(text), {range}, {}, {}});
}

} // namespace

// -- reports ------------------------------------------------------------------

caf::error check_report(const loss_report& x, node_index from,
                        const deploy& of) {
  auto at = loss_node(of.net, of.where);
  if (at && *at == from && x.samples == x.head.rows && x.correct <= x.samples)
    return {};
  return make_failure(errc::protocol, "a loss that is not this node's, or of "
                                      "another number of samples");
}

caf::error check_report(const flow_done& x, node_index from, const deploy&) {
  if (x.node == from)
    return {};
  return make_failure(errc::protocol, "a report in another node's name");
}

caf::error check_report(const gradient_squares& x, node_index from,
                        const deploy& of) {
  if (x.node == from && of.training.optimizer.clip_norm > 0)
    return {};
  return make_failure(errc::protocol, "gradients in another node's name, or "
                                      "that are not clipped");
}

caf::error check_report(const shards_written& x, node_index from,
                        const deploy& of) {
  if (x.node != from)
    return make_failure(errc::protocol, "a report in another node's name");
  for (const auto& y : x.shards) {
    if (y.layer >= of.net.layers().size()
        || !of.net.range_of(y.layer).contains(y.range))
      return unfit(y.range, "a shard of neurons that are not of its layer");
    if (auto err = check_holder(y.range, from, of))
      return err;
  }
  return {};
}

// -- tensors ------------------------------------------------------------------

caf::error check_head(const header& head, std::uint64_t rows,
                      std::uint64_t columns, bool columns_fit,
                      const network& net) {
  auto fail = [&](std::string_view what) {
    return unfit(head.range,
                 fmt::format("a tensor [{} x {}] for neurons {} of layer {}: "
                             "{}",
                             rows, columns, to_string(head.range), head.layer,
                             what));
  };
  if (head.layer >= net.layers().size())
    return fail("no such layer");
  if (rows == 0 || columns == 0 || rows > max_tensor_values / columns)
    return fail("an impossible size");
  if (head.range.empty() || !net.range_of(head.layer).contains(head.range))
    return fail("not neurons of this layer");
  if (!columns_fit)
    return fail("not so many columns");
  if (head.micro_batch >= head.micro_batches)
    return fail(
      fmt::format("part {} of {}", head.micro_batch, head.micro_batches));
  if (rows != head.rows)
    return fail(fmt::format("{} rows were expected", head.rows));
  return {};
}

caf::error check_holder(neuron_range range, node_index from, const deploy& of) {
  auto all = of.where.ranges();
  auto i = std::upper_bound(
    all.begin(), all.end(), range.first,
    [](neuron_id x, const placed_range& y) { return x < y.range.first; });
  if (i != all.begin() && (--i)->node == from && i->range.contains(range))
    return {};
  return unfit(
    range, fmt::format("neurons {} are not the sender's", to_string(range)));
}

} // namespace ganglion
