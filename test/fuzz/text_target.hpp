// What the targets for text files share: the bytes as they are, and as the body
// of a file whose checksum is right, since no fuzzer finds that by chance. What
// is read must be read the same again after it was written.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "runtime/model_store/formats/checksum.hpp"
#include "runtime/model_store/formats/text_file.hpp"

namespace ganglion {

template <class T>
void read_and_write(std::string_view text) {
  auto x = from_text<T>("file", text);
  if (!x)
    return;
  auto again = from_text<T>("file", to_text(*x));
  if (!again || to_text(*again) != to_text(*x))
    std::abort();
}

template <class T>
int fuzz_text(const unsigned char* data, std::size_t size) {
  std::string text{reinterpret_cast<const char*>(data), size};
  read_and_write<T>(text);
  // Of a seed, all but its last line.
  if (auto last = text.rfind("xxh3 "); last != text.npos)
    text.resize(last);
  text += fmt::format("xxh3 {:016x}\n",
                      checksum(std::as_bytes(std::span{text})));
  read_and_write<T>(text);
  return 0;
}

} // namespace ganglion
