// How a node takes part in reading and writing a model: it tells its storage
// who is there, and whom to answer.
#include <utility>

#include <fmt/format.h>

#include "actors/node/node_state.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

caf::error node_state::no_storage() const {
  if (!current->complete)
    return make_failure(
      errc::not_found, fmt::format("node '{}' is not deployed yet", info.name));
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

caf::result<store_opened> node_state::serve(open_store& x) {
  if (auto err = no_storage())
    return err;
  std::uint64_t neurons = 0;
  for (const auto& group : current->routes->local_groups())
    neurons += group.range.count;
  auto promise = self->make_response_promise();
  promise.delegate(storage,
                   open_local{std::move(x), info.name, neurons,
                              current->setup.engine, current->setup.self});
  return promise;
}

caf::result<shards_loaded> node_state::serve(load_shards& x) {
  if (auto err = no_storage())
    return err;
  auto promise = self->make_response_promise();
  promise.delegate(storage, load_local{std::move(x), info.name, current->routes,
                                       current->context->work});
  return promise;
}

caf::result<step_kept> node_state::serve(keep_step& x) {
  if (auto err = no_storage())
    return err;
  for (const auto& group : current->routes->local_groups())
    send_to(self, group.handle, x);
  return step_kept{info.name};
}

} // namespace ganglion
