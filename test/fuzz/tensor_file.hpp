// What the targets for files of other programs share: whatever the bytes say,
// reading all arrays crashes nothing and takes no more memory than there is
// file, but for fixed buffers.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "runtime/model_store/formats/tensor_file.hpp"
#include "test/support/memory_files.hpp"

namespace ganglion {

/// A deflated array may be a thousand times its file; no need to see its end.
constexpr std::uint64_t most_values = std::uint64_t{1} << 20;

inline void read_array(tensor_file& from, std::size_t index) {
  const auto& info = from.tensors()[index];
  auto bytes = bytes_of(info);
  auto stream = from.open(index);
  if (!stream || !bytes || size_of(info.type) == 0)
    return;
  auto left = std::min(*bytes / size_of(info.type), most_values);
  std::array<float, 4096> values{};
  while (left > 0) {
    auto count = std::min<std::uint64_t>(left, values.size());
    if (read_values(**stream, info.type, std::span{values}.first(count)))
      return;
    left -= count;
  }
  static_cast<void>((*stream)->finish());
}

inline int fuzz_tensor_file(const unsigned char* data, std::size_t size) {
  auto disk = std::make_shared<memory_disk>();
  memory_files files{disk};
  disk->damage("x", std::string{reinterpret_cast<const char*>(data), size});
  auto file = open_tensor_file(files, "x");
  if (!file)
    return 0;
  constexpr std::size_t most_arrays = 64;
  auto count = std::min((*file)->tensors().size(), most_arrays);
  for (std::size_t i = 0; i < count; ++i)
    read_array(**file, i);
  return 0;
}

} // namespace ganglion
