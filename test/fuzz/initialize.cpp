// Errors carry messages of CAF, whose types want to be known before main.
#include <caf/init_global_meta_objects.hpp>

#include "metadata/messages.hpp"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  caf::init_global_meta_objects<caf::id_block::ganglion>();
  caf::core::init_global_meta_objects();
  return 0;
}
