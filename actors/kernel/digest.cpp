#include "actors/kernel/digest.hpp"

#include "metadata/sha256.hpp"

namespace ganglion {

std::vector<std::uint8_t> row_digests(const tensor& parameters) {
  std::vector<std::uint8_t> result;
  sha256_stream stream;
  for (std::size_t i = 0; i < parameters.rows(); ++i) {
    stream.add(std::as_bytes(parameters.row(i)));
    auto digest = stream.finish();
    result.insert(result.end(), digest.begin(), digest.end());
  }
  return result;
}

} // namespace ganglion
