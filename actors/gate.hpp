// The gate and the dialler: how connections begin. The gate listens and makes a
// link of every connection, but of no more than a few whose peers have not said
// yet who they are; the dialler connects within a time limit and makes a link
// of it. Both tell the owner what happened through the link's messages.
// Neither decides who may do what: the handshake does.
#pragma once

#include <string>

#include <caf/actor_system.hpp>

#include "actors/link.hpp"

namespace ganglion {

/// Makes a link of every connection to a listening socket, which it owns, until
/// it is told to exit.
caf::actor open_gate(caf::actor_system& sys, int socket, link_config config);

/// Connects without blocking the caller: the owner of `config` gets link_up, or
/// link_down.
void dial_peer(caf::actor_system& sys, std::string address, link_config config);

} // namespace ganglion
