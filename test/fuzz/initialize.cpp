// Errors carry messages of CAF, whose types want to be known before main.
#include "metadata/messages/type_ids.hpp"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  ganglion::register_messages();
  return 0;
}
