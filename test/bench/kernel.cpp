// Arithmetic on one thread: the three products, whole and in blocks, and the
// optimizers.
#include <algorithm>
#include <vector>

#include <benchmark/benchmark.h>

#include "actors/kernel/matmul.hpp"
#include "actors/kernel/optimizer.hpp"

using namespace ganglion;

namespace {

constexpr std::size_t micro_batch = 128;

struct operands {
  explicit operands(const benchmark::State& state)
    : width(state.range(0)),
      block(std::min<std::size_t>(state.range(1), width)),
      x(micro_batch * width, 0.5f),
      w(width * width, 0.5f),
      y(micro_batch * width, 0.5f) {
    // nop
  }

  std::size_t width;
  std::size_t block;
  std::vector<float> x;
  std::vector<float> w;
  std::vector<float> y;
};

void count_flops(benchmark::State& state) {
  auto width = static_cast<double>(state.range(0));
  state.counters["FLOPS"] = benchmark::Counter(
    2.0 * micro_batch * width * width,
    benchmark::Counter::kIsIterationInvariantRate);
}

/// Arguments: width of the layer and of its input, neurons per block.
void forward_product(benchmark::State& state) {
  operands o{state};
  for (auto _ : state)
    for (std::size_t i = 0; i < o.width; i += o.block)
      matmul_nt(o.x.data(), o.w.data() + i * o.width,
                o.y.data() + i * micro_batch, micro_batch, o.block, o.width,
                false);
  count_flops(state);
}

void weight_gradient_added_to_weights(benchmark::State& state) {
  operands o{state};
  for (auto _ : state)
    for (std::size_t i = 0; i < o.width; i += o.block)
      matmul_tn(o.y.data() + i * micro_batch, o.x.data(),
                o.w.data() + i * o.width, o.block, o.width, micro_batch, true);
  count_flops(state);
}

/// Without the sums over blocks.
void input_gradient(benchmark::State& state) {
  operands o{state};
  for (auto _ : state)
    for (std::size_t i = 0; i < o.width; i += o.block)
      matmul_nn(o.y.data() + i * micro_batch, o.w.data() + i * o.width,
                o.x.data(), micro_batch, o.width, o.block);
  count_flops(state);
}

void shapes(benchmark::internal::Benchmark* x) {
  for (int width : {512, 1024, 4096})
    for (int block : {32, 128, 4096})
      x->Args({width, block});
}

BENCHMARK(forward_product)->Apply(shapes);
BENCHMARK(weight_gradient_added_to_weights)->Apply(shapes);
BENCHMARK(input_gradient)->Apply(shapes);

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
