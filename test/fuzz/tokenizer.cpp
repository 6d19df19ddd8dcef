// Texts that claim to be a tokenizer.json; those that are, are used.
#include <string_view>

#include "runtime/data/tokens/text_stream.hpp"
#include "runtime/data/tokens/tokenizer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  auto made = ganglion::tokenizer::parse(text);
  if (!made)
    return 0;
  // Whatever can be written in tokens can be read again.
  if (auto tokens = made->encode(text.substr(0, 200))) {
    static_cast<void>(made->decode(*tokens));
    ganglion::text_stream stream{*made};
    for (auto x : *tokens)
      static_cast<void>(stream.take(x));
  }
  return 0;
}
