// Look-ups in a large registry, and placing a billion neurons.
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "distributor/distribute.hpp"
#include "distributor/plan.hpp"
#include "metadata/placement/registry.hpp"

using namespace ganglion;

namespace {

network wide_network(std::uint64_t neurons, std::uint64_t block) {
  return *network::make(
    {{.name = "in", .kind = layer_kind::input, .neurons = 10},
     {.name = "wide", .neurons = neurons, .block_size = block, .inputs = {0}},
     {.name = "out", .neurons = 10, .inputs = {1}}});
}

cluster_view cluster_of(std::uint32_t nodes) {
  cluster_view result;
  for (std::uint32_t i = 0; i < nodes; ++i)
    result.nodes.push_back({"node" + std::to_string(i), "127.0.0.1:1", i, 1});
  return result;
}

/// Argument: groups.
void registry_find(benchmark::State& state) {
  auto groups = static_cast<std::uint64_t>(state.range(0));
  auto net = wide_network(groups, 1);
  auto cluster = cluster_of(2);
  auto where = *distribute(net, cluster,
                           *parse_request("percentage=50,50", false, ""));
  auto routes = *registry::make(net, where, cluster, std::nullopt, 1, {});
  std::mt19937_64 random{1};
  std::vector<neuron_id> wanted(4096);
  for (auto& x : wanted)
    x = 10 + random() % groups;
  std::size_t i = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(routes->find(wanted[i++ % wanted.size()]));
}

BENCHMARK(registry_find)->Arg(1000)->Arg(1'000'000);

/// Argument: neurons.
void place_and_plan(benchmark::State& state) {
  auto net = wide_network(static_cast<std::uint64_t>(state.range(0)), 0);
  auto cluster = cluster_of(100);
  std::vector<std::string> shares(100, "1");
  auto request = *parse_request(
    fmt::format("percentage={}", fmt::join(shares, ",")), false, "");
  for (auto _ : state) {
    auto where = distribute(net, cluster, request);
    benchmark::DoNotOptimize(make_plan(net, cluster, *where, {}));
  }
}

BENCHMARK(place_and_plan)->Arg(1'000'000'000)->Unit(benchmark::kMillisecond);

} // namespace
