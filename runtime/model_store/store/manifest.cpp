#include "runtime/model_store/store/manifest.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/values/sha256.hpp"

namespace ganglion {

namespace {

caf::error incomplete(const network& net, layer_id layer, neuron_range range,
                      std::string_view problem) {
  return make_failure(
    errc::bad_argument,
    {fmt::format("the shards are no complete version of the model: neurons {} "
                 "of layer '{}' {}: have every node write its shards",
                 to_string(range), net.at(layer).name, problem),
     {range},
     {net.at(layer).name},
     {}});
}

using shard_iterator = std::vector<shard_entry>::const_iterator;

/// Moves `next` on to the first shard behind the layer.
caf::error check_layer(const network& net, layer_id id, shard_iterator& next,
                       shard_iterator end) {
  auto all = net.range_of(id);
  for (auto at = all.first; at < all.end(); ++next) {
    if (next == end || next->layer != id || next->range.first > at)
      return incomplete(net, id,
                        {at, next == end || next->layer != id
                               ? all.end() - at
                               : std::min(next->range.first, all.end()) - at},
                        "are in none");
    if (next->range.first < at)
      return incomplete(net, id, next->range, "are in two");
    if (next->range.empty() || next->range.count > all.end() - at)
      return incomplete(net, id, next->range, "are not all in the layer");
    at = next->range.end();
  }
  return {};
}

} // namespace

double manifest::loss_value() const {
  return std::strtod(loss.c_str(), nullptr);
}

void manifest::set_loss(double x) {
  loss = fmt::format("{}", x);
}

double manifest::validation_value() const {
  return std::strtod(validation.c_str(), nullptr);
}

void manifest::set_validation(double x) {
  validation = fmt::format("{}", x);
}

std::string fingerprint(const placement& where) {
  std::string text;
  for (const auto& x : where.nodes())
    text += fmt::format("node {} {}\n", x.size(), x);
  for (const auto& x : where.ranges())
    text += fmt::format("range {} {} {} {}\n", x.range.first, x.range.count,
                        x.layer, x.node);
  return to_hex(sha256(std::as_bytes(std::span{text})));
}

caf::error check_shards(const network& net,
                        const std::vector<shard_entry>& shards) {
  auto next = shards.begin();
  for (layer_id id = 0; id < net.layers().size(); ++id)
    if (net.parameters_per_neuron(id) > 0)
      if (auto err = check_layer(net, id, next, shards.end()))
        return err;
  if (next == shards.end())
    return {};
  return make_failure(errc::bad_argument,
                      {fmt::format("shard '{}' holds neurons {}, which have no "
                                   "weights or are in another shard: leave it "
                                   "out",
                                   next->name, to_string(next->range)),
                       {next->range},
                       {},
                       {}});
}

} // namespace ganglion
