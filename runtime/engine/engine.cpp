#include "runtime/engine/engine.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/messages/checks.hpp"
#include "runtime/engine/state.hpp"

namespace ganglion {

engine_actor spawn_engine(caf::actor_system& sys, std::string name,
                          std::chrono::milliseconds peer_timeout) {
  return sys.spawn<caf::stateful_actor<engine_state, engine_inside::base>>(
    std::move(name), peer_timeout);
}

engine_state::engine_state(engine_inside::pointer ptr, std::string who,
                           std::chrono::milliseconds peer_timeout)
  : self(ptr) {
  link_setup.peer_timeout = peer_timeout;
  link_setup.owner = caf::actor_cast<caf::actor>(self);
  link_setup.self.type_table = type_table_hash();
  link_setup.self.engine = true;
  link_setup.self.name = std::move(who);
}

void engine_state::on_exit(const caf::error& reason) {
  auto why = make_failure(errc::cancelled, "the engine was told to exit");
  end_connecting(why);
  if (now)
    end_run(why);
  for (const auto& [number, x] : std::exchange(readings, {}))
    x->done(x, why);
  std::ranges::for_each(nodes, [this](auto& x) { disconnect(x); });
  self->quit(reason);
}

void engine_state::on_failed(const run_failed& x) {
  if (runs(x.run))
    end_run(make_failure(errc::node_lost, x.why));
}

/// Of whoever uses it.
auto engine_state::requests() {
  return std::tuple{
    [this](connect& x) { return on_connect(x); },
    [this](deploy_network& x) { return on_deploy(x); },
    [this](train_step& x) { return on_train(x); },
    [this](infer& x) { return on_infer(x); },
    [this](generate_tokens& x) { return on_generate(x); },
    [this](stop_generating x) { on_stop_generating(x); },
    [this](score_tokens& x) { return on_score(x); },
    [this](get_digests) { return on_digests(); },
    [this](get_not_finite) { return on_not_finite(); },
    [this](get_parameters x) { return on_get(x); },
    [this](put_parameters& x) { return on_put(x); },
    [this](open_model& x) { return on_open(x); },
    [this](get_shards x) { return on_shards(x); },
    [this](keep_weights) { return on_keep(); },
    [this](load_commit& x) { return on_load(x); },
    [this](rearrange& x) { return on_rearrange(x); },
    [this](set_rate x) { return on_set_rate(x); },
    [this](set_step x) { return on_set_step(x); },
    [this](get_outputs x) { return on_outputs_of(x); },
    [this](locate_neuron x) { return on_locate(x); },
    [this](get_traffic) { return on_traffic(); },
    [this](stop) { return on_stop(); },
  };
}

/// Of its links and nodes, and of itself.
auto engine_state::reports() {
  return std::tuple{
    [this](link_up& x) { on_link_up(x); },
    [this](const link_down& x) { on_link_down(x); },
    [this](const attach& x) { on_attach(x); },
    [this](look_around) { on_look_around(); },
    [this](const loss_report& x) { on_report(x); },
    [this](const flow_done& x) { on_flow_done(x); },
    [this](const gradient_squares& x) { on_squares(x); },
    [this](outputs& x) { on_outputs(x); },
    [this](const shards_written& x) { on_written(x); },
    [this](const run_failed& x) { on_failed(x); },
  };
}

engine_inside::behavior_type engine_state::make_behavior() {
  when_told_to_exit(self,
                    [this](const caf::error& reason) { on_exit(reason); });
  return std::apply(
    [](auto... handlers) {
      return engine_inside::behavior_type{std::move(handlers)...};
    },
    std::tuple_cat(requests(), reports()));
}

} // namespace ganglion
