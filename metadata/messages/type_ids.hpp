// Where the project's CAF type IDs start. Two blocks at the same place abort a
// process. A host application that numbers its types from
// caf::first_custom_type_id, as usual, has 800 of them before ours; one with
// more starts another block at caf::id_block::ganglion_runtime::end. (All of a
// build, the library too, may define another GANGLION_FIRST_TYPE_ID.) The
// blocks are in metadata/messages/messages.hpp and
// runtime/training/trainer_messages.hpp.
#pragma once

#include <caf/type_id.hpp>

#ifndef GANGLION_FIRST_TYPE_ID
#  define GANGLION_FIRST_TYPE_ID (caf::first_custom_type_id + 800)
#endif

namespace ganglion {

/// Makes CAF know the types of metadata/messages/messages.hpp and its own:
/// once, before the first actor system. Programs call init_types of
/// runtime/hosting/system.hpp.
void register_messages();

} // namespace ganglion
