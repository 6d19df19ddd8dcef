// Ranges, not rows: metadata for half a trillion neurons costs what its ranges
// cost.
#include <malloc.h>

#include <doctest/doctest.h>

#include "metadata/placement/registry.hpp"

using namespace ganglion;

namespace {

constexpr std::uint64_t scale_layers = 100;
constexpr std::uint64_t width = 5'300'000'000;
constexpr std::uint32_t nodes = 10'000;

std::size_t heap() {
  auto x = mallinfo2();
  return x.uordblks + x.hblkhd;
}

network large_network() {
  std::vector<layer> result;
  result.push_back(
    {.name = "input", .kind = layer_kind::input, .neurons = 1000});
  for (std::uint64_t i = 0; i < scale_layers; ++i)
    result.push_back({.name = "layer" + std::to_string(i),
                      .neurons = width,
                      .inputs = {static_cast<layer_id>(i)}});
  return *network::make(std::move(result));
}

} // namespace

TEST_CASE("530 billion neurons on 10,000 nodes need less than 64 MiB") {
  auto net = large_network();
  cluster_view cluster;
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < nodes; ++i) {
    names.push_back("node" + std::to_string(i));
    cluster.nodes.push_back({names.back(), "127.0.0.1:4701", i, 1});
  }
  auto share = net.placeable_count() / nodes;
  std::vector<assignment> parts;
  for (std::uint32_t i = 0; i < nodes; ++i)
    parts.push_back({{1000 + i * share, share}, i});
  auto before = heap();
  auto where = placement::make(net, names, std::move(parts));
  REQUIRE(where);
  auto routes = registry::make(net, *where, cluster, 17, 0, {});
  REQUIRE(routes);
  auto used = heap() - before;
  MESSAGE("placement and registry: ", used >> 20, " MiB");
  CHECK(net.placeable_count() == 530'000'000'000);
  CHECK(used < (std::size_t{64} << 20));
  for (neuron_id id : {neuron_id{1000}, neuron_id{264'999'999'999},
                       neuron_id{530'000'000'999}}) {
    auto found = (*routes)->locate(id);
    REQUIRE(found);
    CHECK(found->node == names[(id - 1000) / share]);
    CHECK(found->group.contains(id));
  }
  CHECK(!(*routes)->find(530'000'001'000));
  CHECK(!(*routes)->find(999));
}
