// How a node takes part in reading and writing a model: it tells its storage
// who is there, and passes on what that says.
#include <utility>

#include <fmt/format.h>

#include "actors/node.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

caf::error node_state::no_storage(run_id run) const {
  if (!current || !current->complete || current->what.run != run)
    return make_failure(errc::not_found,
                        fmt::format("node '{}' has no such run", info.name));
  if (storage)
    return {};
  return make_failure(errc::bad_argument,
                      {fmt::format("node '{}' was started without storage for "
                                   "models: give its configuration one",
                                   info.name),
                       {},
                       {},
                       {info.name}});
}

caf::response_promise node_state::on_open_store(open_store& x) {
  auto promise = self->make_response_promise();
  if (auto err = no_storage(x.run)) {
    promise.deliver(std::move(err));
    return promise;
  }
  std::uint64_t neurons = 0;
  for (const auto& group : current->routes->local_groups())
    neurons += group.range.count;
  promise.delegate(storage, open_local{std::move(x), info.name, neurons,
                                       caf::actor_cast<caf::actor>(self)});
  return promise;
}

caf::response_promise node_state::on_load_shards(load_shards& x) {
  auto promise = self->make_response_promise();
  if (auto err = no_storage(x.run)) {
    promise.deliver(std::move(err));
    return promise;
  }
  promise.delegate(storage,
                   load_local{std::move(x), info.name, current->routes});
  return promise;
}

caf::result<step_kept> node_state::on_keep_step(const keep_step& x) {
  if (auto err = no_storage(x.run))
    return err;
  for (const auto& group : current->routes->local_groups())
    send_to(self, group.handle, x);
  return step_kept{info.name};
}

void node_state::on_written(shards_written& x) {
  if (current && x.run == current->what.run)
    send_to(self, current->engine, std::move(x));
}

} // namespace ganglion
