// The gate and the dialler: how connections begin. The gate listens and makes a
// link of every connection, within the bounds of the guest book, and with no
// more than a few whose peers have not said yet who they are; the dialler makes
// a link that connects by itself. Both tell the owner what happened through the
// link's messages. Neither decides who may do what: the handshake does.
#pragma once

#include <memory>
#include <string>

#include <caf/actor_system.hpp>

#include "actors/link/guest_book.hpp"
#include "actors/link/link.hpp"

namespace ganglion {

/// Makes a link of every connection to a listening socket, which it owns, until
/// it is told to exit. Connections beyond what the book allows are told so.
caf::actor
open_gate(caf::actor_system& sys, int socket, link_config config,
          std::shared_ptr<guest_book> guests = guest_book::of_process());

/// Connects without blocking the caller: the owner of `config` gets link_up, or
/// link_down.
void dial_peer(caf::actor_system& sys, std::string address, link_config config);

} // namespace ganglion
