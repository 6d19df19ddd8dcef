// Three neurons that compute XOR, each an actor of its own, each on a node of
// its own, with weights set by hand; and what each of them answers.
#include <cstdio>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <ganglion/ganglion.hpp>

using namespace ganglion;

// [network]
/// "a or b" and "not both" feed "and": a layer of two neurons and one of one.
caf::expected<network> three_neurons() {
  layer inputs{.name = "inputs", .kind = layer_kind::input, .neurons = 2};
  // Blocks are the smallest pieces of a layer, here single neurons.
  layer hidden{.name = "hidden",
               .activation = activation_kind::sigmoid,
               .neurons = 2,
               .block_size = 1,
               .inputs = {0}};
  layer result{.name = "and",
               .activation = activation_kind::sigmoid,
               .neurons = 1,
               .block_size = 1,
               .inputs = {1}};
  return network::make({inputs, hidden, result});
}
// [network]

// [weights]
/// Weights of one neuron: one for each input, and the bias.
caf::error set_weights(caf::scoped_actor& self, const engine_actor& engine,
                       neuron_id neuron, const std::vector<float>& weights) {
  parameters values;
  values.range = {neuron, 1};
  values.weights = tensor::copy_of(weights, 1, weights.size());
  auto done = ask<stored>(self, engine, put_parameters{values});
  return done ? caf::error{} : done.error();
}
// [weights]

// [set]
caf::error set_all(caf::scoped_actor& self, const engine_actor& engine,
                   const network& net) {
  auto hidden = net.range_of(1).first;
  auto result = net.range_of(2).first;
  if (auto err = set_weights(self, engine, hidden, {20, 20, -10}))
    return err; // fires where a or b does
  if (auto err = set_weights(self, engine, hidden + 1, {-20, -20, 30}))
    return err; // fires unless both do
  if (auto err = set_weights(self, engine, result, {20, 20, -30}))
    return err; // fires where both of these do
  return {};
}
// [set]

// [fire]
caf::error fire(caf::scoped_actor& self, const engine_actor& engine) {
  const float samples[] = {0, 0, 0, 1, 1, 0, 1, 1};
  infer question{tensor::copy_of(samples, 4, 2)};
  question.watch = {"inputs", "hidden", "and"};
  auto answer = ask<inference>(self, engine, question);
  if (!answer)
    return answer.error();
  std::printf("  a    b    or   nand and\n");
  for (std::size_t row = 0; row < 4; ++row) {
    for (const auto& layer : answer->watched)
      for (auto value : layer.values.row(row))
        std::printf("  %.1f", value);
    std::printf("\n");
  }
  return {};
}
// [fire]

caf::error run(caf::actor_system& sys) {
  auto net = three_neurons();
  if (!net)
    return net.error();
  auto nodes = cluster::start(sys, "inside:3");
  if (!nodes)
    return nodes.error();
  // [deploy]
  auto where = distribute(*net, nodes->view(), {by_count{{1, 1, 1}}});
  if (!where)
    return where.error();
  deploy_network what{*net, *where};
  what.group_size = 1; // neurons per actor
  what.training.optimizer.kind = optimizer_kind::sgd;
  auto engine = nodes->deploy(what);
  if (!engine)
    return engine.error();
  for (const auto& x : where->ranges())
    std::printf("neuron %s of layer %s is an actor on node %s\n",
                to_string(x.range).c_str(), net->at(x.layer).name.c_str(),
                where->nodes()[x.node].c_str());
  // [deploy]
  caf::scoped_actor self{sys};
  if (auto err = set_all(self, *engine, *net))
    return err;
  return fire(self, *engine);
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
