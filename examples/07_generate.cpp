// A language model among actors: a small network learns a text, letter by
// letter, cut over two nodes; then two tellers go on with beginnings of theirs,
// side by side. Letters come as messages, one at a time.
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <ganglion/ganglion.hpp>

using namespace ganglion;

// [data]
/// Tokens are places in this list.
const std::string letters = " .acdeghlmnost";

std::vector<token_id> tokens_of(const std::string& text) {
  std::vector<token_id> result;
  for (auto x : text)
    result.push_back(static_cast<token_id>(letters.find(x)));
  return result;
}

/// Windows of 32 letters, each of which is to say the next one.
dataset text_to_learn() {
  std::string text;
  for (int i = 0; i < 60; ++i)
    text += "the cat sat on the mat. the dog has a log and a hat. ";
  dataset result;
  result.name = "cats and dogs";
  result.classes = letters.size();
  result.windows = {
    std::make_shared<const std::vector<token_id>>(tokens_of(text)), 32};
  return result;
}
// [data]

// [teller]
/// Is told of each letter as it comes, and of the end by the answer.
caf::behavior teller(caf::event_based_actor* self, engine_actor engine,
                     std::uint64_t number, std::string begin,
                     std::shared_ptr<std::string> text) {
  generate_tokens what;
  what.id = number;
  what.prompt = tokens_of(begin);
  what.tokens = 48;
  what.slides = true; // beyond 32 letters
  what.told = caf::actor_cast<caf::actor>(self);
  *text = begin + "|";
  request_from(self, engine, caf::infinite, std::move(what))
    .then([=](const generated&) { self->quit(); },
          [=](const caf::error& why) {
            std::printf("no text: %s\n", explain(why).c_str());
            self->quit(why);
          });
  return {
    [=](const token_chosen& x) { *text += letters[x.token]; },
  };
}
// [teller]

caf::error train(caf::scoped_actor& self, const engine_actor& engine,
                 const network& net) {
  trainer_options options;
  options.epochs = 30;
  options.batch = 8;
  auto trainer = spawn_trainer(self->system(), engine, net);
  auto trained = ask<progress>(self, trainer,
                               start_training{text_to_learn(), options});
  return trained ? caf::error{} : trained.error();
}

// [run]
caf::error run(caf::actor_system& sys) {
  auto net = parse_network("gpt:tokens=14,blocks=2,width=32,heads=4,"
                           "context=32");
  if (!net)
    return net.error();
  auto nodes = cluster::start(sys, "inside:2");
  if (!nodes)
    return nodes.error();
  auto where = distribute(*net, nodes->view(),
                          {by_percentage{{50, 50}}, partition_scope::layer});
  if (!where)
    return where.error();
  deploy_network what{*net, *where};
  what.training.optimizer.learning_rate = 0.005f;
  what.initial_deviation = 0.02f;
  auto engine = nodes->deploy(what);
  if (!engine)
    return engine.error();
  caf::scoped_actor self{sys};
  if (auto err = train(self, *engine, *net))
    return err;
  auto first = std::make_shared<std::string>();
  auto second = std::make_shared<std::string>();
  self->spawn<caf::monitored>(teller, *engine, 1, "the c", first);
  self->spawn<caf::monitored>(teller, *engine, 2, "a l", second);
  for (int i = 0; i < 2; ++i)
    self->receive([](const caf::down_msg&) {});
  std::printf("%s\n%s\n", first->c_str(), second->c_str());
  return {};
}
// [run]

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
