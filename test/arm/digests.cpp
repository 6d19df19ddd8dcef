// Prints a digest of each function and each product, and of what scalar
// arithmetic decides, so that test/integration/arm.py can compare those of two
// machines. Needs no library but the kernels' own files, as it is compiled for
// another machine.
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "actors/kernel/functions/circular.hpp"
#include "actors/kernel/functions/functions.hpp"
#include "actors/kernel/philox.hpp"
#include "actors/kernel/products/products.hpp"
#include "metadata/values/portable_math.hpp"

using namespace ganglion;

namespace {

/// Fowler, Noll and Vo's hash, 64 bits.
class digest {
public:
  template <class T>
  void add(const std::vector<T>& values) {
    for (const auto& x : values) {
      std::uint64_t bits = 0;
      std::memcpy(&bits, &x, sizeof(T));
      state_ = (state_ ^ bits) * 0x100000001b3;
    }
  }

  void print(const char* name, unsigned number) const {
    std::printf("%s %u %016llx\n", name, number,
                static_cast<unsigned long long>(state_));
  }

private:
  std::uint64_t state_ = 0xcbf29ce484222325;
};

std::vector<float> drawn(std::size_t count, std::uint32_t salt) {
  std::vector<float> result(count);
  for (std::size_t i = 0; i < count; ++i)
    result[i] = 2
                  * unit_float(philox(
                    {static_cast<std::uint32_t>(i), salt, 0, 0}, key_of(5))[0])
                - 1;
  return result;
}

void digest_functions() {
  std::vector<float> x;
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += 65521)
    x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  std::vector<float> y(x.size());
  for (unsigned f = 0; f < lane_function_count; ++f) {
    apply(static_cast<lane_function>(f), x.data(), y.data(), x.size());
    digest found;
    found.add(y);
    found.print("function", f);
  }
}

void digest_products(std::size_t rows, std::size_t neurons, std::size_t width) {
  auto x = drawn(rows * width, 1);
  auto w = drawn(neurons * width, 2);
  auto bias = drawn(neurons, 3);
  auto d = drawn(rows * neurons, 4);
  std::vector<float> y(rows * neurons);
  std::vector<float> back(rows * width);
  product_input input{x.data(), w.data(), width, 128};
  std::vector<delta_view> deltas{{d.data(), rows, neurons, neurons}};
  forward_product({&input, 1}, bias.data(), rows, neurons, y.data());
  input_product(deltas.front(), w.data(), width, back.data());
  gradient_use use{.adds = true, .factor = -0.1f};
  weight_gradient(deltas, x.data(), width, use, w.data());
  bias_gradient(deltas, use, bias.data());
  digest found;
  for (const auto& values : {y, back, w, bias})
    found.add(values);
  found.print("products", static_cast<unsigned>(rows));
}

void digest_doubles() {
  std::vector<double> values;
  for (int i = 0; i <= 1000; ++i) {
    values.push_back(half_turn_cosine(i / 1000.0));
    values.push_back(power(0.999, static_cast<std::uint64_t>(i)));
    auto [sine, cosine] = circular_of(i * 7.3);
    values.push_back(sine);
    values.push_back(cosine);
  }
  digest found;
  found.add(values);
  found.print("doubles", 0);
}

} // namespace

int main() {
  digest_functions();
  for (std::size_t rows : {1, 2, 4, 7, 33, 140})
    digest_products(rows, 37, 300);
  digest_doubles();
  return 0;
}
