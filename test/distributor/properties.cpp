#include <random>
#include <string>

#include <doctest/doctest.h>

#include "distributor/distribute.hpp"
#include "metadata/error.hpp"
#include "metadata/network/blocks.hpp"

using namespace ganglion;

namespace {

class lottery {
public:
  explicit lottery(unsigned seed) : random_(seed) {
    // nop
  }

  std::uint64_t up_to(std::uint64_t limit) {
    return random_() % (limit + 1);
  }

  network draw_network() {
    std::string text = "mlp:" + std::to_string(1 + up_to(30));
    for (auto i = up_to(4) + 1; i > 0; --i)
      text += "-" + std::to_string(1 + up_to(200));
    return *parse_network(text, up_to(1) == 0 ? 0 : 1 + up_to(20));
  }

  cluster_view draw_cluster() {
    cluster_view result;
    for (auto i = up_to(8) + 1; i > 0; --i)
      result.nodes.push_back({"n" + std::to_string(i), "", 0, 1});
    return result;
  }

  /// Shares that sum to `total`.
  std::vector<std::uint64_t> divide(std::uint64_t total, std::size_t parts) {
    std::vector<std::uint64_t> result(parts);
    for (std::size_t i = 0; i + 1 < parts; ++i) {
      result[i] = up_to(total);
      total -= result[i];
    }
    result.back() = total;
    return result;
  }

private:
  std::mt19937_64 random_;
};

std::string joined(const std::vector<std::uint64_t>& xs) {
  std::string result;
  for (auto x : xs)
    result += (result.empty() ? "" : ",") + std::to_string(x);
  return result;
}

/// Every neuron with weights has exactly one place.
void check_complete(const network& net, const placement& where) {
  neuron_id next = net.range_of(1).first;
  for (const auto& x : where.ranges()) {
    CHECK(x.range.first == next);
    CHECK(net.range_of(x.layer).contains(x.range));
    next = x.range.end();
  }
  CHECK(next == net.neuron_count());
}

std::uint64_t held(const placement& where, node_index node) {
  std::uint64_t result = 0;
  for (const auto& x : where.held_by(node))
    result += x.range.count;
  return result;
}

} // namespace

TEST_CASE("any counts that add up are met to the neuron") {
  lottery draw{1};
  for (int round = 0; round < 300; ++round) {
    auto net = draw.draw_network();
    auto cluster = draw.draw_cluster();
    auto counts = draw.divide(net.placeable_count(), cluster.nodes.size());
    auto request = parse_request("count=" + joined(counts), false, "");
    auto where = distribute(net, cluster, *request);
    REQUIRE(where);
    check_complete(net, *where);
    for (node_index i = 0; i < counts.size(); ++i)
      CHECK(held(*where, i) == counts[i]);
  }
}

TEST_CASE("any percentages place every neuron once, on block borders") {
  lottery draw{2};
  for (int round = 0; round < 300; ++round) {
    auto net = draw.draw_network();
    auto cluster = draw.draw_cluster();
    auto shares = draw.divide(100, cluster.nodes.size());
    for (auto within : {"network", "layer"}) {
      auto request = parse_request("percentage=" + joined(shares), false,
                                   within);
      auto where = distribute(net, cluster, *request);
      REQUIRE(where);
      check_complete(net, *where);
      CHECK(on_block_borders(net, *where));
    }
  }
}

TEST_CASE("exact percentages miss the share by less than a neuron") {
  lottery draw{3};
  for (int round = 0; round < 300; ++round) {
    auto net = draw.draw_network();
    auto cluster = draw.draw_cluster();
    auto shares = draw.divide(100, cluster.nodes.size());
    auto request = parse_request("percentage=" + joined(shares), true, "");
    auto where = distribute(net, cluster, *request);
    REQUIRE(where);
    check_complete(net, *where);
    for (node_index i = 0; i < shares.size(); ++i) {
      auto want = static_cast<double>(shares[i] * net.placeable_count()) / 100;
      CHECK(std::abs(static_cast<double>(held(*where, i)) - want) < 1.0);
    }
  }
}

TEST_CASE(
  "balanced layers are contiguous, and more nodes than layers is fine") {
  lottery draw{4};
  for (int round = 0; round < 300; ++round) {
    auto net = draw.draw_network();
    auto cluster = draw.draw_cluster();
    auto where = distribute(net, cluster, *parse_request("layers"));
    REQUIRE(where);
    check_complete(net, *where);
    node_index last = 0;
    for (const auto& x : where->ranges()) {
      CHECK(x.node >= last);
      CHECK(x.range == net.range_of(x.layer));
      last = x.node;
    }
  }
}
