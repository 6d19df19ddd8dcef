// A node in a program of one's own: a server application lends the threads of
// its actor system to a cluster, beside what its own actors do, and another
// program trains over all that are lent.
//   06_own_node lend NAME [HOST:PORT]   until its standard input ends
//   06_own_node use HOST:PORT...
#include <cstdio>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <ganglion/ganglion.hpp>

using namespace ganglion;

// [lend]
caf::error lend(caf::actor_system& sys, const hosted_node_options& options) {
  auto node = hosted_node::start(sys, options);
  if (!node)
    return node.error();
  std::printf("%s\n", node->info().address.c_str());
  std::fflush(stdout);
  // Here the application goes about its own work in the same actor system. The
  // node stops at the end of this function.
  while (std::getchar() != EOF) {
    // nop
  }
  return {};
}
// [lend]

// [use]
/// Trains, and says how well it does what it was not trained with.
caf::error train(caf::scoped_actor& self, const engine_actor& engine,
                 const network& net, const dataset_bundle& data) {
  trainer_options options;
  options.epochs = 20;
  options.batch = 40;
  auto trainer = spawn_trainer(self->system(), engine, net);
  auto trained = ask<progress>(self, trainer,
                               start_training{data.train, options});
  if (!trained)
    return trained.error();
  auto result = evaluate(self, engine, *data.test);
  if (!result)
    return result.error();
  std::printf("%.0f %% of what it had not seen is right\n",
              100 * result->accuracy.value_or(0));
  return {};
}

caf::error use(caf::actor_system& sys,
               const std::vector<std::string>& addresses) {
  auto nodes = cluster::join(sys, addresses, "06_own_node");
  if (!nodes)
    return nodes.error();
  auto net = parse_network("mlp:8-64-32-3");
  auto data = generate({600, 8, 3}, 1);
  if (!net || !data)
    return net ? data.error() : net.error();
  auto where = distribute(*net, nodes->view(), {by_layers{}});
  if (!where)
    return where.error();
  for (const auto& x : where->ranges())
    std::printf("node %s has %s\n", where->nodes()[x.node].c_str(),
                net->at(x.layer).name.c_str());
  auto engine = nodes->deploy({*net, *where});
  if (!engine)
    return engine.error();
  caf::scoped_actor self{sys};
  return train(self, *engine, *net, *data);
}
// [use]

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 2 || (words[0] != "lend" && words[0] != "use")) {
    std::fprintf(stderr, "usage: 06_own_node lend NAME [HOST:PORT]\n"
                         "       06_own_node use HOST:PORT...\n");
    return 2;
  }
  init_types();
  caf::actor_system_config config;
  configure(config, 1);
  caf::actor_system sys{config};
  hosted_node_options options;
  options.name = words[1];
  if (words.size() > 2)
    options.listen = words[2];
  auto err = words[0] == "lend" ? lend(sys, options)
                                : use(sys, {words.begin() + 1, words.end()});
  if (err)
    std::fprintf(stderr, "%s\n", explain(err).c_str());
  return err ? 1 : 0;
}
