// The forward product of few rows: neurons lie in lanes, weights are
// transposed in registers as they are read, once, and nothing of them is
// copied; so it goes as fast as memory does. Compiled once for each instruction
// set. The bits are those of the other kernel.
#if defined(GANGLION_FEW_ROWS_INL) == defined(HWY_TARGET_TOGGLE)
#  ifdef GANGLION_FEW_ROWS_INL
#    undef GANGLION_FEW_ROWS_INL
#  else
#    define GANGLION_FEW_ROWS_INL
#  endif

#  include <array>
#  include <cstddef>
#  include <utility>

#  include <hwy/highway.h>

#  include "actors/kernel/products/forward_job.hpp"
#  include "actors/kernel/products/tile-inl.hpp"
#  include "actors/kernel/products/transpose-inl.hpp"

HWY_BEFORE_NAMESPACE();

namespace ganglion {

namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Rows that this kernel takes at the most, and vectors of neurons that it
/// takes of the higher half of these.
#  if HWY_TARGET == HWY_AVX2
constexpr std::size_t few_rows = 4;
constexpr std::size_t few_vectors = 1;
#  else
constexpr std::size_t few_rows = 8;
constexpr std::size_t few_vectors = 2;
#  endif

/// Adds one leaf: sums[r][v] += x[r][.] * weights of the lane's neuron.
template <class D, std::size_t R, std::size_t V>
HWY_INLINE void add_leaf(D d, const float* const* weights,
                         const float* const* x, std::size_t depth,
                         hn::Vec<D> (&sums)[R][V]) {
  constexpr auto lanes = hn::MaxLanes(D{});
  std::size_t p = 0;
  for (; p + 4 <= depth; p += 4)
#  pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) {
      hn::Vec<D> w[4];
      load_columns(d, weights + v * lanes, p, w);
#  pragma GCC unroll 4
      for (std::size_t j = 0; j < 4; ++j)
#  pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r)
          sums[r][v] = hn::MulAdd(hn::Set(d, x[r][p + j]), w[j], sums[r][v]);
    }
  for (; p < depth; ++p)
    for (std::size_t v = 0; v < V; ++v) {
      auto w = load_column(d, weights + v * lanes, p);
#  pragma GCC unroll 8
      for (std::size_t r = 0; r < R; ++r)
        sums[r][v] = hn::MulAdd(hn::Set(d, x[r][p]), w, sums[r][v]);
    }
}

/// The sums of one leaf for the neurons first, ..., as many as V vectors have
/// lanes. Lanes without a neuron repeat the last one.
template <class D, std::size_t R, std::size_t V>
HWY_INLINE void sum_leaf(D d, const forward_job& job, const product_leaf& leaf,
                         std::size_t first, hn::Vec<D> (&sums)[R][V]) {
  constexpr auto lanes = V * hn::MaxLanes(D{});
  const auto& input = job.inputs[leaf.part];
  std::array<const float*, lanes> weights;
  for (std::size_t i = 0; i < lanes; ++i)
    weights[i] = input.weights + leaf.first
                 + std::min(first + i, job.neurons - 1) * input.width;
  std::array<const float*, R> x;
  for (std::size_t r = 0; r < R; ++r)
    x[r] = input.values + leaf.first + r * input.width;
  clear(d, sums);
  add_leaf<D, R, V>(d, weights.data(), x.data(), leaf.count, sums);
}

template <class D, std::size_t R, std::size_t V>
HWY_NOINLINE void run_few(const forward_job& job, std::size_t first) {
  const D d;
  constexpr auto lanes = V * hn::MaxLanes(D{});
  tile_job at;
  at.top = job.stack;
  for (const auto& leaf : job.leaves) {
    hn::Vec<D> sums[R][V];
    sum_leaf(d, job, leaf, first, sums);
    at.merges = leaf.merges;
    merge(d, at, sums);
    finish(d, at, sums);
    at.top += lanes * R;
    at.top -= leaf.merges * lanes * R;
  }
  auto count = std::min(lanes, job.neurons - first);
  for (std::size_t r = 0; r < R; ++r)
    for (std::size_t i = 0; i < count; ++i)
      job.y[r * job.neurons + first + i] = job.stack[r * lanes + i]
                                           + job.bias[first + i];
}

template <class D, std::size_t R, std::size_t V>
void forward_few_rows(const forward_job& job) {
  constexpr auto lanes = V * hn::MaxLanes(D{});
  for (std::size_t n = 0; n < job.neurons; n += lanes)
    run_few<D, R, V>(job, n);
}

/// For 1 to few_rows rows.
inline void forward_few(const forward_job& job) {
  // The machine does twice as many transposes of half the width.
  using narrow = hn::CappedTag<float, 8>;
  switch (job.rows) {
    case 1:
      return forward_few_rows<narrow, 1, 2>(job);
    case 2:
      return forward_few_rows<narrow, 2, 2>(job);
    case 3:
      return forward_few_rows<narrow, 3, few_vectors>(job);
    case 4:
      return forward_few_rows<narrow, 4, few_vectors>(job);
#  if HWY_TARGET != HWY_AVX2
    case 5:
      return forward_few_rows<hn::ScalableTag<float>, 5, 1>(job);
    case 6:
      return forward_few_rows<hn::ScalableTag<float>, 6, 1>(job);
    case 7:
      return forward_few_rows<hn::ScalableTag<float>, 7, 1>(job);
    default:
      return forward_few_rows<hn::ScalableTag<float>, 8, 1>(job);
#  else
    default:
      return;
#  endif
  }
}

} // namespace HWY_NAMESPACE

} // namespace ganglion

HWY_AFTER_NAMESPACE();

#endif
