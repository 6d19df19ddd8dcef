// Arithmetic on one thread: the three products, whole and in blocks, functions
// of one number, and the optimizers; as GANGLION_ISA has it.
#include <algorithm>
#include <vector>

#include <benchmark/benchmark.h>

#include "actors/kernel/functions/functions.hpp"
#include "actors/kernel/optimizer.hpp"
#include "actors/kernel/products/products.hpp"

using namespace ganglion;

namespace {

struct operands {
  explicit operands(const benchmark::State& state)
    : rows(static_cast<std::size_t>(state.range(0))),
      neurons(static_cast<std::size_t>(state.range(1))),
      width(static_cast<std::size_t>(state.range(2))),
      x(rows * width, 0.5f),
      w(neurons * width, 0.5f),
      y(rows * neurons, 0.5f),
      bias(neurons, 0.5f) {
    // nop
  }

  /// y as deltas, in blocks of at most 128 neurons.
  [[nodiscard]] std::vector<delta_view> deltas() const {
    std::vector<delta_view> result;
    for (std::size_t i = 0; i < neurons; i += 128) {
      auto count = std::min<std::size_t>(128, neurons - i);
      result.push_back({y.data() + i * rows, rows, count, count});
    }
    return result;
  }

  std::size_t rows;
  std::size_t neurons;
  std::size_t width;
  std::vector<float> x;
  std::vector<float> w;
  std::vector<float> y;
  std::vector<float> bias;
};

void count_flops(benchmark::State& state) {
  auto product = static_cast<double>(state.range(0) * state.range(1)
                                     * state.range(2));
  state.counters["FLOPS"] = benchmark::Counter(
    2.0 * product, benchmark::Counter::kIsIterationInvariantRate);
}

/// Arguments: rows, neurons, width of the input.
void forward_product_of(benchmark::State& state) {
  operands o{state};
  product_input input{o.x.data(), o.w.data(), o.width, 128};
  for (auto _ : state)
    forward_product({&input, 1}, o.bias.data(), o.rows, o.neurons, o.y.data());
  count_flops(state);
}

void weight_gradient_added_to_weights(benchmark::State& state) {
  operands o{state};
  auto deltas = o.deltas();
  for (auto _ : state)
    weight_gradient(deltas, o.x.data(), o.width,
                    {.adds = true, .factor = -1e-9f}, o.w.data());
  count_flops(state);
}

/// Without the sums over blocks.
void input_gradient_of_blocks(benchmark::State& state) {
  operands o{state};
  auto deltas = o.deltas();
  for (auto _ : state) {
    auto weights = o.w.data();
    for (const auto& delta : deltas) {
      input_product(delta, weights, o.width, o.x.data());
      weights += delta.neurons * o.width;
    }
  }
  count_flops(state);
}

void shapes(benchmark::internal::Benchmark* x) {
  for (int rows : {1, 8, 32, 128, 256})
    for (int width : {128, 1024, 4096})
      x->Args({rows, width, width});
  x->Args({128, 128, 784});
}

BENCHMARK(forward_product_of)->Apply(shapes);
BENCHMARK(weight_gradient_added_to_weights)->Apply(shapes);
BENCHMARK(input_gradient_of_blocks)->Apply(shapes);

/// Argument: the function's number.
void function_on_lanes(benchmark::State& state) {
  std::vector<float> x(std::size_t{1} << 14, 0.75f);
  std::vector<float> y(x.size());
  auto f = static_cast<lane_function>(state.range(0));
  for (auto _ : state)
    apply(f, x.data(), y.data(), x.size());
  state.SetItemsProcessed(state.iterations()
                          * static_cast<std::int64_t>(x.size()));
}

BENCHMARK(function_on_lanes)->DenseRange(0, lane_function_count - 1);

void optimizer_step(benchmark::State& state) {
  constexpr std::size_t count = std::size_t{1} << 20;
  optimizer_options options;
  options.kind = static_cast<optimizer_kind>(state.range(0));
  auto how = optimizer_of(options.kind);
  std::vector<float> values(count, 0.5f);
  std::vector<float> gradients(count, 0.001f);
  std::vector<std::vector<float>> arrays(state_arrays(options.kind), gradients);
  std::vector<float*> pointers;
  pointers.reserve(arrays.size());
  for (auto& x : arrays)
    pointers.push_back(x.data());
  for (auto _ : state)
    how(options, 100, {values, gradients, pointers, 0});
  state.SetLabel(to_string(options.kind));
  state.SetItemsProcessed(state.iterations()
                          * static_cast<std::int64_t>(count));
}

BENCHMARK(optimizer_step)->DenseRange(0, 2);

} // namespace
