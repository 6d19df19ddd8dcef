// A node's storage: the actor that reads and writes the node's part of a model,
// on a thread of its own, since a share may take its time. It gathers what the
// node's groups keep of a step, writes it as shards, and reports them to the
// run's engine; it reads exactly the neurons of the groups. It commits nothing:
// see model_writer.
#pragma once

#include <memory>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include "runtime/hosting/path_mapping.hpp"
#include "runtime/model_store/files/posix_files.hpp"

namespace ganglion {

/// Spawns one; it takes the messages open_local, close_local, load_local and
/// snapshot.
caf::actor
spawn_storage(caf::actor_system& sys, std::vector<path_mapping> mappings = {},
              std::shared_ptr<file_system> files = make_posix_files());

} // namespace ganglion
