#include "actors/kernel/products/row_products.hpp"

#include <vector>

namespace ganglion {

product_input product_of(const parameter_block& of, std::size_t input,
                         const tensor& x, const float* weights) {
  const auto& from = of.model().net.at(of.self().inputs[input]);
  return {x.data(), weights, x.columns(), from.block_size * from.values};
}

void forward_product(const parameter_block& of, const tensor& x,
                     const float* weights, const float* bias,
                     std::size_t neurons, float* y) {
  auto input = product_of(of, 0, x, weights);
  std::vector<float> zeros(bias ? 0 : neurons);
  forward_product({&input, 1}, bias ? bias : zeros.data(), x.rows(), neurons,
                  y);
}

delta_view deltas_of(const tensor& gradient, std::size_t first,
                     std::size_t count) {
  return {gradient.data() + first, gradient.rows(), count, gradient.stride()};
}

} // namespace ganglion
