// Files for import that claim to be safetensors.
#include "test/fuzz/tensor_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      std::size_t size) {
  return ganglion::fuzz_tensor_file(data, size);
}
