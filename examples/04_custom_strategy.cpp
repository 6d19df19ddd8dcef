// A partition strategy of one's own: a function that says which node gets which
// neurons. This one spreads wide layers over all nodes and leaves narrow ones
// on the first, so that less crosses between the nodes. Where neurons live
// never changes a result: both placements end with the same weights, to the
// bit.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <ganglion/ganglion.hpp>

using namespace ganglion;

// [strategy]
/// Layers of `wide` neurons and more in equal parts on all nodes, the others
/// whole on the first one.
caf::expected<placement> spread_wide(const network& net,
                                     const cluster_view& cluster,
                                     std::uint64_t wide) {
  std::vector<std::string> names;
  for (const auto& node : cluster.nodes)
    names.push_back(node.name);
  std::vector<assignment> result;
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    const auto& layer = net.at(id);
    if (net.is_given(id))
      continue; // inputs have no weights, so they live nowhere
    auto all = net.range_of(id);
    if (layer.neurons < wide) {
      result.push_back({all, 0});
      continue;
    }
    // Whole blocks: a block that is cut costs equality to the bit.
    auto blocks = (layer.neurons + layer.block_size - 1) / layer.block_size;
    auto border = [&](std::size_t node) {
      auto block = blocks * node / names.size();
      return all.first + std::min(layer.neurons, block * layer.block_size);
    };
    for (node_index node = 0; node < names.size(); ++node)
      if (auto part = range_between(border(node), border(node + 1));
          !part.empty())
        result.push_back({part, node});
  }
  // Finds what is missing or doubled, and says so.
  return placement::make(net, names, std::move(result));
}
// [strategy]

// [show]
caf::error show(const char* name, const network& net, const cluster_view& nodes,
                const placement& where) {
  std::printf("%s\n", name);
  for (const auto& x : where.ranges())
    std::printf("  node %s: layer %s, neurons %s\n",
                where.nodes()[x.node].c_str(), net.at(x.layer).name.c_str(),
                to_string(x.range).c_str());
  // What it costs is known before anything runs.
  plan_options options;
  options.batch = 64;
  auto plan = make_plan(net, nodes, where, options);
  if (!plan)
    return plan.error();
  std::printf("  %llu bytes between the nodes per training step\n",
              static_cast<unsigned long long>(training_bytes(*plan, 64)));
  return {};
}
// [show]

/// Trains for two epochs, and asks for the digests of all weights.
caf::expected<weight_digests> train(cluster& nodes, const network& net,
                                    const placement& where,
                                    const dataset& data) {
  auto engine = nodes.deploy({net, where});
  if (!engine)
    return engine.error();
  caf::scoped_actor self{nodes.system()};
  auto trainer = spawn_trainer(nodes.system(), *engine, net);
  trainer_options options;
  options.epochs = 2;
  options.batch = 64;
  auto trained = ask<progress>(self, trainer, start_training{data, options});
  if (!trained)
    return trained.error();
  auto result = ask<weight_digests>(self, *engine, get_digests{});
  if (!result)
    return result.error();
  // The nodes are free again, for the next network.
  auto stopped = ask<traffic_summary>(self, *engine, stop{});
  return stopped ? result : stopped.error();
}

caf::error compare(cluster& nodes, const network& net, const dataset& data,
                   const placement& ours, const placement& theirs) {
  auto a = train(nodes, net, ours, data);
  if (!a)
    return a.error();
  auto b = train(nodes, net, theirs, data);
  if (!b)
    return b.error();
  std::printf("weights after training: %s\n",
              a->weights == b->weights ? "equal to the bit" : "different");
  return {};
}

caf::error run(caf::actor_system& sys) {
  auto net = parse_network("mlp:32-256-32-4");
  if (!net)
    return net.error();
  auto data = load_data("generate:640x32x4", 1);
  if (!data)
    return data.error();
  auto nodes = cluster::start(sys, "inside:3");
  if (!nodes)
    return nodes.error();
  // [use]
  auto ours = spread_wide(*net, nodes->view(), 64);
  if (!ours)
    return ours.error();
  // One of the strategies that there are, each layer by itself.
  auto theirs = distribute(
    *net, nodes->view(), {by_percentage{{34, 33, 33}}, partition_scope::layer});
  if (!theirs)
    return theirs.error();
  // [use]
  if (auto err = show("wide layers spread", *net, nodes->view(), *ours))
    return err;
  if (auto err = show("every layer spread", *net, nodes->view(), *theirs))
    return err;
  return compare(*nodes, *net, data->train, *ours, *theirs);
}

int main() {
  init_types();
  caf::actor_system_config config;
  configure(config);
  caf::actor_system sys{config};
  if (auto err = run(sys)) {
    std::fprintf(stderr, "%s\n", explain(err).c_str());
    return 1;
  }
}
