#include "actors/kernel/products/row_products.hpp"

#include <vector>

namespace ganglion {

void forward_product(const parameter_block& of, const tensor& x,
                     const float* weights, const float* bias,
                     std::size_t neurons, float* y) {
  const auto& from = of.model().net.at(of.self().inputs[0]);
  product_input input{x.data(), weights, x.columns(),
                      from.block_size * from.values};
  std::vector<float> zeros(bias ? 0 : neurons);
  forward_product({&input, 1}, bias ? bias : zeros.data(), x.rows(), neurons,
                  y);
}

delta_view deltas_of(const tensor& gradient, std::size_t first,
                     std::size_t count) {
  return {gradient.data() + first, gradient.rows(), count, gradient.stride()};
}

void bias_gradient(const delta_view& d, gradient_use use, float* to) {
  // As the weights of an input that is always 1.
  std::vector<float> ones(d.rows, 1.0f);
  weight_gradient({&d, 1}, ones.data(), 1, use, to);
}

} // namespace ganglion
