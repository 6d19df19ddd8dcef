#include "runtime/model_store/formats/npy_header.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ganglion {

std::string npy_header(const std::vector<std::uint64_t>& shape) {
  auto text = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': "
                          "({},), }}",
                          fmt::join(shape, ", "));
  if (shape.size() > 1)
    text.erase(text.rfind(",)"), 1);
  constexpr std::size_t start = 10;
  text.append(64 - (start + text.size() + 1) % 64, ' ');
  text += '\n';
  std::string result{"\x93NUMPY\x01\x00", 8};
  result += static_cast<char>(text.size() & 0xff);
  result += static_cast<char>(text.size() >> 8);
  return result + text;
}

} // namespace ganglion
