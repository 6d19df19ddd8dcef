// Whether others can dial the address that a node tells them. Looks names up
// and dials: it may take seconds. It decides nothing; people are told.
#pragma once

#include <string>

#include "actors/link/socket.hpp"

namespace ganglion {

/// What is wrong with the address, and what to do; empty where nothing is. The
/// node listens already; `listens`: where.
std::string concern_about(const std::string& advertised,
                          const endpoint& listens);

} // namespace ganglion
