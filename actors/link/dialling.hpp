// Connecting to the addresses of links, a few at a time and on threads of its
// own, since looking a name up blocks for as long as a server takes that does
// not answer. It keeps no actor and no actor system alive, and none waits for
// it: a link that has ended meanwhile is passed over.
#pragma once

#include <memory>

namespace ganglion {

class link_port;

/// Gives `port` a socket that is connected to the address that it dials, or an
/// error. Throws where there is no thread to be had.
void dial_for(const std::shared_ptr<link_port>& port);

} // namespace ganglion
