#include "metadata/values/not_finite.hpp"

#include <algorithm>
#include <cmath>

namespace ganglion {

namespace {

bool all_finite(std::span<const float> xs) {
  // Zero times a finite value is zero, times another one NaN; without a branch
  // in the loop, it is one that compilers make fast.
  float sum = 0;
  for (auto x : xs)
    sum += x * 0.0f;
  return sum == 0;
}

} // namespace

std::vector<neuron_range> not_finite_rows(std::span<const tensor> arrays,
                                          neuron_range neurons) {
  std::vector<neuron_range> result;
  for (std::uint64_t i = 0; i < neurons.count; ++i) {
    auto finite = [i](const tensor& x) { return all_finite(x.row(i)); };
    if (!std::ranges::all_of(arrays, finite))
      append(result, {neurons.first + i, 1});
  }
  return result;
}

std::uint64_t count_not_finite(const tensor& x) {
  std::uint64_t result = 0;
  for (std::size_t i = 0; i < x.rows(); ++i)
    result += all_finite(x.row(i)) ? 0 : 1;
  return result;
}

} // namespace ganglion
