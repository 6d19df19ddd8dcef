// An actor application that uses a network among its own actors. Machines send
// readings to a monitor; the monitor asks the network whether a machine runs
// hot, and if so, tells the control to switch it off. Meanwhile a display shows
// how the training goes. Nobody waits: everything is messages.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/scoped_actor.hpp>

#include <ganglion/ganglion.hpp>

using namespace ganglion;

// [types]
/// From a machine: how warm it is, and how much it shakes, from 0 to 1.
struct reading {
  std::string machine;
  float temperature = 0;
  float vibration = 0;
};

/// From the monitor: a machine runs hot.
struct overheated {
  std::string machine;
};

template <class Inspector>
bool inspect(Inspector& f, reading& x) {
  return f.object(x).fields(f.field("machine", x.machine),
                            f.field("temperature", x.temperature),
                            f.field("vibration", x.vibration));
}

template <class Inspector>
bool inspect(Inspector& f, overheated& x) {
  return f.object(x).fields(f.field("machine", x.machine));
}

CAF_BEGIN_TYPE_ID_BLOCK(plant, caf::first_custom_type_id)
  CAF_ADD_TYPE_ID(plant, (reading))
  CAF_ADD_TYPE_ID(plant, (overheated))
CAF_END_TYPE_ID_BLOCK(plant)
// [types]

// [config]
/// The application's own configuration, with ours added to it.
struct plant_config : caf::actor_system_config {
  plant_config() {
    opt_group{custom_options_, "plant"} //
      .add(epochs, "epochs", "times through the data");
    configure(*this);
  }

  std::uint32_t epochs = 60;
};
// [config]

// [monitor]
caf::behavior control(caf::event_based_actor*) {
  return {
    [](const overheated& x) {
      std::printf("%s runs hot: switched off\n", x.machine.c_str());
    },
  };
}

caf::behavior monitor(caf::event_based_actor* self, engine_actor engine,
                      caf::actor control) {
  return {
    [=](const reading& x) {
      const float sample[] = {x.temperature, x.vibration};
      // self->request in CAF 0.18, self->mail in 1.x: request_from is both.
      request_from(self, engine, caf::infinite,
                   infer{tensor::copy_of(sample, 1, 2)})
        .then(
          [=](const inference& y) {
            auto out = y.outputs.row(0);
            if (out[1] > out[0])
              send_to(self, control, overheated{x.machine});
            else
              std::printf("%s is fine\n", x.machine.c_str());
          },
          [=](const caf::error& why) {
            std::printf("no answer: %s\n", explain(why).c_str());
            self->quit(why);
          });
    },
  };
}
// [monitor]

// [display]
/// Shows the training, and has the machines start once the network knows.
caf::behavior display(caf::event_based_actor* self, caf::actor monitor) {
  return {
    [](const progress& x) {
      std::printf("epoch %2u: %3.0f %% right\n", x.epoch, 100 * x.accuracy);
    },
    [=](const training_ended& x) {
      if (x.why) {
        std::printf("no training: %s\n", explain(x.why).c_str());
      } else {
        send_to(self, monitor, reading{"press", 0.2f, 0.3f});
        send_to(self, monitor, reading{"mill", 0.9f, 0.8f});
        send_to(self, monitor, reading{"lathe", 0.3f, 0.1f});
      }
      self->quit();
    },
  };
}
// [display]

/// A machine is hot where temperature and vibration add up to more than 1.
dataset measurements() {
  std::vector<float> samples;
  std::vector<float> labels;
  for (int i = 0; i < 20; ++i)
    for (int j = 0; j < 20; ++j) {
      samples.insert(samples.end(),
                     {static_cast<float>(i) / 20, static_cast<float>(j) / 20});
      labels.push_back(i + j > 20 ? 1.0f : 0.0f);
    }
  dataset result;
  result.name = "measurements";
  result.samples = tensor::copy_of(samples, labels.size(), 2);
  result.labels = tensor::copy_of(labels, labels.size(), 1);
  result.classes = 2;
  return result;
}

// [run]
/// An actor to which nobody refers any more ends by itself. Once the display
/// has quit, that is the monitor, when it has answered all readings.
void wait_for_end(caf::actor_system& sys, caf::actor who) {
  caf::scoped_actor self{sys};
  self->monitor(who);
  who = nullptr;
  self->receive([](const caf::down_msg&) {});
}

caf::error run(caf::actor_system& sys, const plant_config& config) {
  auto net = parse_network("mlp:2-16-2");
  if (!net)
    return net.error();
  // One node in this very actor system. With cluster::join(sys, {"host:port"})
  // the rest would stay as it is.
  auto nodes = cluster::start(sys, "inside:1");
  if (!nodes)
    return nodes.error();
  auto where = distribute(*net, nodes->view(), {by_layers{}});
  if (!where)
    return where.error();
  training_options training;
  training.optimizer.learning_rate = 0.01f;
  auto engine = nodes->deploy({*net, *where, training});
  if (!engine)
    return engine.error();
  auto watching = sys.spawn(monitor, *engine, sys.spawn(control));
  auto showing = sys.spawn(display, watching);
  trainer_options options;
  options.epochs = config.epochs;
  options.batch = 40;
  auto trainer = spawn_trainer(sys, *engine, *net);
  post_to(trainer, subscribe_progress{showing, 150}); // every 15 epochs
  post_to(trainer, start_training{measurements(), options});
  wait_for_end(sys, std::move(watching)); // the nodes have to stay until then
  return {};
}
// [run]

// [main]
/// Whether CAF has answered --help; version 1 says it by another name.
bool help_was_asked(const auto& config) {
  if constexpr (requires { config.helptext_printed(); })
    return config.helptext_printed();
  else
    return config.cli_helptext_printed;
}

int main(int argc, char** argv) {
  caf::init_global_meta_objects<caf::id_block::plant>();
  init_types(); // ours beside those of the application
  plant_config config;
  if (auto err = config.parse(argc, argv)) {
    std::fprintf(stderr, "%s\n", to_string(err).c_str());
    return 2;
  }
  if (help_was_asked(config))
    return 0;
  caf::actor_system sys{config};
  if (auto err = run(sys, config)) {
    std::fprintf(stderr, "%s\n", explain(err).c_str());
    return 1;
  }
}
// [main]
