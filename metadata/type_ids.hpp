// Where the project's block of CAF type IDs starts. Two blocks at the same
// place abort a process, so a host application with types of its own either
// starts above `ganglion_end` or defines GANGLION_FIRST_TYPE_ID for the build.
// The block itself is in metadata/messages.hpp.
#pragma once

#include <caf/type_id.hpp>

#ifndef GANGLION_FIRST_TYPE_ID
#  define GANGLION_FIRST_TYPE_ID (caf::first_custom_type_id + 800)
#endif
