#include "distributor/plan.hpp"

#include <map>
#include <string>

#include <doctest/doctest.h>

#include "distributor/distribute.hpp"
#include "metadata/error.hpp"
#include "metadata/network/edge_list.hpp"

using namespace ganglion;

namespace {

struct planned {
  network net;
  plan result;
};

planned plan_for(const std::string& network_text, const std::string& by,
                 std::size_t nodes, bool exact = false,
                 plan_options options = {}, const std::string& within = "") {
  auto net = *parse_network(network_text);
  cluster_view cluster;
  for (std::size_t i = 0; i < nodes; ++i)
    cluster.nodes.push_back(
      {std::string(1, static_cast<char>('a' + i)), "", 0, 1});
  auto where = distribute(net, cluster, *parse_request(by, exact, within));
  REQUIRE(where);
  auto result = make_plan(net, cluster, *where, options);
  REQUIRE(result);
  return {std::move(net), std::move(*result)};
}

traffic_plan between(const plan& x, node_index from, node_index to) {
  for (const auto& y : x.traffic)
    if (y.from == from && y.to == to)
      return y;
  return {};
}

} // namespace

TEST_CASE("a network on one node sends nothing") {
  auto x = plan_for("mlp:784-256-128-10", "percentage=100", 1).result;
  CHECK(x.traffic.empty());
  CHECK(training_bytes(x, 128) == 0);
  CHECK(x.nodes[0].neurons == 394);
  CHECK(x.nodes[0].parameters == 785 * 256 + 257 * 128 + 129 * 10);
  CHECK(x.nodes[0].optimizer_bytes == 2 * x.nodes[0].weight_bytes);
  CHECK(x.nodes[0].remote_connections == 0);
  CHECK(x.nodes[0].local_connections == 256 * 128 + 128 * 10);
  CHECK(x.nodes[0].input_connections == 784 * 256);
  CHECK(x.engine_values == 785);
}

TEST_CASE("plain descent on whole batches keeps no gradients") {
  auto net = *parse_network("mlp:4-8-3");
  cluster_view cluster{{{"a", "", 0, 1}}};
  auto where = *distribute(net, cluster, *parse_request("layers"));
  auto gradients = [&](optimizer_kind kind, std::uint32_t parts) {
    plan_options options;
    options.optimizer = kind;
    options.micro_batches = parts;
    auto x = make_plan(net, cluster, where, options);
    REQUIRE(x);
    return x->nodes[0].gradient_bytes;
  };
  CHECK(gradients(optimizer_kind::sgd, 1) == 0);
  CHECK(gradients(optimizer_kind::sgd, 2) == 67 * sizeof(float));
  CHECK(gradients(optimizer_kind::momentum, 1) == 67 * sizeof(float));
}

TEST_CASE("a tick crosses only where a neuron reads it") {
  // Neurons 1 to 9, each reads the one before; three on each node. The last
  // tick goes to the loss as well, which is on a.
  auto unwired = unwired_network(1, 9, activation_kind::tanh, {{9, 1}});
  REQUIRE(unwired);
  std::vector<edge> edges;
  for (neuron_id i = 0; i < 9; ++i)
    edges.push_back({i, i + 1});
  auto net = with_edges(*unwired, edges);
  REQUIRE(net);
  cluster_view cluster{{{"a", "", 0, 1}, {"b", "", 0, 1}, {"c", "", 0, 1}}};
  auto where = distribute(*net, cluster, *parse_request("count=3,3,3"));
  REQUIRE(where);
  auto x = make_plan(*net, cluster, *where, {.ticks = 11});
  REQUIRE(x);
  CHECK(between(*x, 0, 1).forward_values == 10);
  CHECK(between(*x, 0, 1).forward_messages == 10);
  CHECK(between(*x, 1, 2).forward_values == 10);
  CHECK(between(*x, 1, 0).forward_values == 3);
  CHECK(between(*x, 2, 0).forward_values == 3);
  CHECK(x->traffic.size() == 4);
}

TEST_CASE("what a node tells another of a tick is one message") {
  // Eight neurons that all read each other, four on each node.
  auto unwired = unwired_network(1, 8, activation_kind::tanh, {{8, 1}});
  REQUIRE(unwired);
  std::vector<edge> edges{{0, 1}};
  for (neuron_id from = 1; from <= 8; ++from)
    for (neuron_id to = 1; to <= 8; ++to)
      edges.push_back({from, to});
  auto net = with_edges(*unwired, edges);
  REQUIRE(net);
  cluster_view cluster{{{"a", "", 0, 1}, {"b", "", 0, 1}}};
  auto where = distribute(*net, cluster, *parse_request("count=4,4"));
  REQUIRE(where);
  auto x = make_plan(*net, cluster, *where, {.ticks = 11});
  REQUIRE(x);
  CHECK(between(*x, 0, 1).forward_values == 40);
  CHECK(between(*x, 0, 1).forward_messages == 10);
  // The last tick goes from each neuron to the loss, on a.
  CHECK(between(*x, 1, 0).forward_values == 44);
  CHECK(between(*x, 1, 0).forward_messages == 14);
}

TEST_CASE("the main job's traffic is what was counted by hand") {
  // a: hidden1 0-191; b: hidden1 192-255, hidden2 0-63; c: hidden2 64-127 and
  // the output. Blocks of 64 and 32.
  auto x = plan_for("mlp:784-256-128-10", "percentage=50,30,20", 3).result;
  CHECK(x.cut_blocks.empty());
  // hidden1 on a goes once to each of b and c.
  CHECK(between(x, 0, 1).forward_values == 192);
  CHECK(between(x, 0, 2).forward_values == 192);
  // b's share of hidden1 goes to c, and its share of hidden2 too.
  CHECK(between(x, 1, 2).forward_values == 64 + 64);
  // b and c each hold one aligned half of hidden2's four blocks: one sum each
  // for the columns of a, and c one for b's columns, and one for the output's
  // way back to b's share of hidden2.
  CHECK(between(x, 1, 0).backward_values == 192);
  CHECK(between(x, 2, 0).backward_values == 192);
  CHECK(between(x, 2, 1).backward_values == 64 + 64);
  CHECK(between(x, 0, 1).backward_values == 0);
  CHECK(inference_bytes(x, between(x, 0, 1), 10) == 192 * 4 * 10 + 123);
}

TEST_CASE("what cannot be merged into one subtree crosses in pieces") {
  // Ten blocks of 16 for the consumer: b holds blocks 1 to 6, which are the
  // subtrees {1}, {2, 3}, {4, 5}, {6}.
  auto x = plan_for("mlp:8-32-160-4", "count=48,96,rest", 3).result;
  CHECK(x.cut_blocks.size() > 0); // 160 neurons have blocks of 32
  auto net = *parse_network("mlp:8-32-160-4", 16);
  cluster_view cluster{{{"a", "", 0, 1}, {"b", "", 0, 1}, {"c", "", 0, 1}}};
  auto where = distribute(net, cluster,
                          *parse_request("count=48,96,rest", false, ""));
  auto y = *make_plan(net, cluster, *where, {});
  CHECK(y.cut_blocks.empty());
  CHECK(between(y, 1, 0).backward_values == 4 * 32);
  CHECK(between(y, 1, 0).backward_messages == 4);
}

TEST_CASE("cut blocks are named") {
  auto x = plan_for("mlp:784-256-128-10", "percentage=50,30,20", 3, true);
  REQUIRE(x.result.cut_blocks.size() == 2);
  CHECK(x.result.cut_blocks[0].layer == 1);
  CHECK(x.result.cut_blocks[0].block == neuron_range{976, 64});
  CHECK(!x.result.nodes[0].on_block_borders);
}

TEST_CASE("micro-batches cost messages, not values") {
  plan_options four;
  four.micro_batches = 4;
  auto one = plan_for("mlp:64-64-64-10", "percentage=50,50", 2).result;
  auto more
    = plan_for("mlp:64-64-64-10", "percentage=50,50", 2, false, four).result;
  std::uint64_t overhead = 0;
  for (const auto& y : one.traffic)
    overhead += y.forward_messages * 123 + y.backward_messages * 155;
  CHECK(training_bytes(more, 128) == training_bytes(one, 128) + 3 * overhead);
}

TEST_CASE("a billion neurons over a hundred nodes are planned by range") {
  std::string shares = "1";
  for (int i = 1; i < 100; ++i)
    shares += ",1";
  auto x = plan_for("mlp:1000-250000000-500000000-250000000-10",
                    "percentage=" + shares, 100)
             .result;
  CHECK(x.nodes.size() == 100);
  CHECK(x.traffic.size() > 1000);
}

TEST_CASE("layers cut alike send each other nothing where none reads more") {
  auto x = plan_for("mlp:8-64-drop0.1-pool2-64-4", "percentage=50,50", 2, false,
                    {}, "layer")
             .result;
  // Hidden neurons go to who leaves out some of them, and these to who pools
  // them. All read the pools, and the output, on b, all before it.
  CHECK(between(x, 0, 1).forward_values == 16 + 32);
  CHECK(between(x, 0, 1).forward_messages == 2);
  CHECK(between(x, 1, 0).forward_values == 16);
  CHECK(between(x, 0, 1).backward_values == 16);
  CHECK(between(x, 1, 0).backward_values == 16 + 32);
  CHECK(between(x, 1, 0).backward_messages == 2);
}

TEST_CASE("a group goes as a whole to who reads some of it") {
  // b's pools read four of a's sixteen hidden neurons; a's read none of b's.
  auto x = plan_for("mlp:8-32-pool2-4",
                    "identifiers=a:8-23+40-45+56-59,b:24-39+46-55", 2)
             .result;
  CHECK(between(x, 0, 1).forward_values == 16);
  CHECK(between(x, 0, 1).forward_messages == 1);
  CHECK(between(x, 1, 0).forward_values == 10);
  CHECK(between(x, 0, 1).backward_values == 10);
  CHECK(between(x, 1, 0).backward_values == 16);
  CHECK(between(x, 1, 0).backward_messages == 1);
}
