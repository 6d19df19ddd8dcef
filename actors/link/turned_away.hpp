// How a connection ends for which there is no room: its peer is told why. That
// takes up to a second, so few are told at a time; others are closed. Knows no
// actors.
#pragma once

#include <string>

namespace ganglion {

/// Takes over a connected socket. May throw.
void turn_away(int socket, const std::string& why);

} // namespace ganglion
