// Trains a network, commits it to a model directory while it learns, and then
// predicts from that directory on other nodes, as another program would:
//   02_train MODEL_DIR [DATA]      (DATA as for `ganglion train --data`)
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <ganglion/ganglion.hpp>

using namespace ganglion;

// [commits]
/// Commits to the model, once an epoch, beside a training.
caf::expected<std::shared_ptr<commits>>
begin_commits(file_system& files, const std::string& dir,
              const commit_source& from, const network& net,
              const commit_options& options) {
  // One program at a time may write a model. Whoever reads it always finds a
  // whole commit.
  auto writer = model_writer::create(files, dir, net,
                                     {this_process("02_train")});
  if (!writer)
    return writer.error();
  return commits::begin(
    from, std::move(*writer), dir, options, [](const commit_report& x) {
      std::printf("commit %s\n", to_string(x.what.id).c_str());
    });
}
// [commits]

// [train]
/// With an input for each value of a sample, and an output for each class.
caf::expected<network> network_for(const dataset& data) {
  auto inputs = std::to_string(data.samples.columns());
  auto classes = std::to_string(data.classes);
  return parse_network("mlp:" + inputs + "-64-32-" + classes);
}

caf::error train(caf::actor_system& sys, file_system& files,
                 const std::string& dir, const std::string& data_name,
                 const dataset& data) {
  auto net = network_for(data);
  if (!net)
    return net.error();
  auto nodes = cluster::start(sys, "inside:2");
  if (!nodes)
    return nodes.error();
  auto where = distribute(*net, nodes->view(), {by_percentage{{60, 40}}});
  if (!where)
    return where.error();
  deploy_network what{*net, *where};
  auto engine = nodes->deploy(what);
  if (!engine)
    return engine.error();
  trainer_options options;
  options.epochs = 5;
  // What a commit says of its training is enough to go on with it later.
  commit_options commit;
  commit.training = what.training;
  commit.cursor = cursor_of(data, data_name, options, what.micro_batches);
  auto kept = begin_commits(files, dir, {sys, *engine, *where}, *net, commit);
  if (!kept)
    return kept.error();
  options.keeper = *kept;
  caf::scoped_actor self{sys};
  auto trainer = spawn_trainer(sys, *engine, *net);
  auto trained = ask<progress>(self, trainer, start_training{data, options});
  if (auto err = (*kept)->finish()) // waits for the last commit
    return err;
  return trained ? caf::error{} : trained.error();
}
// [train]

// [predict]
/// Each node reads the weights of its own neurons from the directory.
caf::expected<commit_id> load_newest(caf::scoped_actor& self,
                                     const engine_actor& engine,
                                     const model_reader& model) {
  auto newest = model.newest(verification::headers);
  if (!newest)
    return newest.error();
  model_place place{model.dir(), model.network_hash()};
  auto loaded = ask<commit_loaded>(self, engine,
                                   load_commit{place, newest->what.id});
  if (!loaded)
    return loaded.error();
  return newest->what.id;
}

caf::error predict(caf::actor_system& sys, file_system& files,
                   const std::string& dir, const dataset& data) {
  auto model = model_reader::open(files, dir);
  if (!model)
    return model.error();
  // Cut otherwise, over another number of nodes: a commit fits all placements.
  auto nodes = cluster::start(sys, "inside:3");
  if (!nodes)
    return nodes.error();
  auto where = distribute(model->net(), nodes->view(), {by_layers{}});
  if (!where)
    return where.error();
  auto engine = nodes->deploy({model->net(), *where});
  if (!engine)
    return engine.error();
  caf::scoped_actor self{sys};
  auto loaded = load_newest(self, *engine, *model);
  if (!loaded)
    return loaded.error();
  auto result = evaluate(self, *engine, data);
  if (!result)
    return result.error();
  std::printf("commit %s classifies %.0f %% of %zu samples rightly\n",
              to_string(*loaded).c_str(), 100 * result->accuracy.value_or(0),
              data.size());
  return {};
}
// [predict]

caf::error run(caf::actor_system& sys, const std::string& dir,
               const std::string& data_name) {
  auto data = load_data(data_name, 1);
  if (!data)
    return data.error();
  auto files = make_posix_files();
  if (auto err = train(sys, *files, dir, data_name, data->train))
    return err;
  return predict(sys, *files, dir, data->test ? *data->test : data->train);
}

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: 02_train MODEL_DIR [DATA]\n");
    return 2;
  }
  init_types();
  caf::actor_system_config config;
  configure(config);
  caf::actor_system sys{config};
  if (auto err = run(sys, argv[1], argc > 2 ? argv[2] : "generate:2000x16x4")) {
    std::fprintf(stderr, "%s\n", explain(err).c_str());
    return 1;
  }
}
