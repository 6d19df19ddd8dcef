#include "actors/gate.hpp"

#include <memory>

#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>

#include <fmt/format.h>

#include "actors/socket.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

caf::behavior accept_all(caf::io::broker* self, int socket,
                         link_config config) {
  self->add_doorman(socket);
  return {
    [=](const caf::io::new_connection_msg& x) {
      self->fork(accepted_link, x.handle, config);
    },
    [](const caf::io::acceptor_closed_msg&) {
      // nop: the node goes on with the links that it has
    },
  };
}

} // namespace

caf::actor open_gate(caf::actor_system& sys, int socket, link_config config) {
  return sys.middleman().spawn_broker(accept_all, socket, std::move(config));
}

void dial_peer(caf::actor_system& sys, std::string address,
               link_config config) {
  config.dialled = std::move(address);
  auto connect = [config = std::move(config)](caf::event_based_actor* self) {
    auto socket = connect_to(config.dialled);
    if (socket)
      self->system().middleman().spawn_broker(dialled_link, *socket, config);
    else
      send_to(self, config.owner,
              link_down{{}, {}, config.dialled, socket.error()});
  };
  // Resolving a name and connecting block: on a thread of their own.
  sys.spawn<caf::detached>(std::move(connect));
}

} // namespace ganglion
