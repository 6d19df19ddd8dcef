// XOR, the smallest problem that needs a hidden layer: one network on two
// nodes, trained and asked. Everything happens in this process, in about a
// second.
#include <cstdio>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <ganglion/ganglion.hpp>

using namespace ganglion;

// [data]
/// A row per sample, and the class of each: 0 or 1.
dataset xor_data() {
  const float samples[] = {0, 0, 0, 1, 1, 0, 1, 1};
  const float labels[] = {0, 1, 1, 0};
  dataset result;
  result.name = "xor";
  result.samples = tensor::copy_of(samples, 4, 2);
  result.labels = tensor::copy_of(labels, 4, 1);
  result.classes = 2;
  return result;
}
// [data]

// [ask]
caf::error teach(caf::scoped_actor& self, const engine_actor& engine,
                 const network& net, const dataset& data) {
  auto trainer = spawn_trainer(self->system(), engine, net);
  trainer_options options;
  options.epochs = 200;
  options.batch = 4;
  auto trained = ask<progress>(self, trainer, start_training{data, options});
  if (!trained)
    return trained.error();
  std::printf("trained for %d steps\n", static_cast<int>(trained->step));
  return {};
}

caf::error show_answers(caf::scoped_actor& self, const engine_actor& engine,
                        const dataset& data) {
  auto answer = ask<inference>(self, engine, infer{data.samples});
  if (!answer)
    return answer.error();
  for (std::size_t i = 0; i < data.size(); ++i) {
    auto in = data.samples.row(i);
    auto out = answer->outputs.row(i);
    std::printf("%.0f xor %.0f = %d\n", in[0], in[1], out[1] > out[0] ? 1 : 0);
  }
  return {};
}
// [ask]

// [hello]
caf::error hello(caf::actor_system& sys) {
  // Two inputs, eight neurons between, and an output for each class.
  auto net = parse_network("mlp:2-8-2:tanh");
  if (!net)
    return net.error();
  // Two nodes in this process. They talk through a socket all the same, as
  // nodes on two machines do.
  auto nodes = cluster::start(sys, "inside:2");
  if (!nodes)
    return nodes.error();
  // Which neuron lives where: about half of them on each node.
  auto where = distribute(*net, nodes->view(), {by_percentage{{50, 50}}});
  if (!where)
    return where.error();
  training_options training;
  training.optimizer.learning_rate = 0.05f;
  auto engine = nodes->deploy({*net, *where, training});
  if (!engine)
    return engine.error();
  // The engine and the trainer are actors. This function is none, so it asks
  // them through a scoped actor, and waits.
  caf::scoped_actor self{sys};
  auto data = xor_data();
  if (auto err = teach(self, *engine, *net, data))
    return err;
  return show_answers(self, *engine, data);
}
// [hello]

// [main]
int main() {
  init_types(); // before the first actor system
  caf::actor_system_config config;
  configure(config);
  caf::actor_system sys{config};
  if (auto err = hello(sys)) {
    std::fprintf(stderr, "%s\n", explain(err).c_str());
    return 1;
  }
}
// [main]
