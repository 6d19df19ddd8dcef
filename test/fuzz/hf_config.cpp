// Texts that claim to be a config.json of a language model; what they describe
// is made.
#include <string_view>

#include "runtime/model_store/huggingface/network.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  auto config = ganglion::parse_hf_config(text);
  if (!config)
    return 0;
  if (auto net = ganglion::network_of(*config))
    static_cast<void>(ganglion::sources_of(*config, *net));
  return 0;
}
