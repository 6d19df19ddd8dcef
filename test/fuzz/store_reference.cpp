#include "test/fuzz/text_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      std::size_t size) {
  return ganglion::fuzz_text<ganglion::weights_reference>(data, size);
}
