#include "actors/kernel/digest.hpp"

#include <algorithm>
#include <cmath>

#include "metadata/values/not_finite.hpp"
#include "metadata/values/sha256.hpp"

namespace ganglion {

std::vector<std::uint8_t> row_digests(const tensor& parameters) {
  std::vector<std::uint8_t> result;
  sha256_stream stream;
  std::vector<float> with_one_nan;
  for (std::size_t i = 0; i < parameters.rows(); ++i) {
    auto row = parameters.row(i);
    if (std::ranges::any_of(row, [](float x) { return std::isnan(x); })) {
      with_one_nan.resize(row.size());
      std::ranges::transform(row, with_one_nan.begin(), one_nan<float>);
      row = with_one_nan;
    }
    stream.add(std::as_bytes(row));
    auto digest = stream.finish();
    result.insert(result.end(), digest.begin(), digest.end());
  }
  return result;
}

} // namespace ganglion
