// The innermost kernel of all products: M rows of A times V vectors of lanes of
// B, each sum in a register as one chain of fused multiply-adds in the order of
// the inner index, starting at 0. Bits depend on neither M nor V nor the
// lanes. Compiled once for each instruction set; it cuts nothing into tiles.
#if defined(GANGLION_TILE_INL) == defined(HWY_TARGET_TOGGLE)
#  ifdef GANGLION_TILE_INL
#    undef GANGLION_TILE_INL
#  else
#    define GANGLION_TILE_INL
#  endif

#  include <algorithm>
#  include <array>
#  include <cstddef>
#  include <utility>

#  include <hwy/highway.h>

#  include "actors/kernel/products/tile.hpp"

HWY_BEFORE_NAMESPACE();

namespace ganglion {

namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Rows of A whose sums, times two vectors of lanes, fill the registers.
#  if HWY_TARGET == HWY_AVX2
constexpr std::size_t strip_rows = 6;
#  else
constexpr std::size_t strip_rows = 14;
#  endif

/// sums = the tree's node that this leaf completes.
template <class D, std::size_t M, std::size_t V>
HWY_INLINE void merge(D d, const tile_job& job, hn::Vec<D> (&sums)[M][V]) {
  constexpr auto lanes = hn::MaxLanes(D{});
  for (std::size_t k = 1; k <= job.merges; ++k) {
    auto left = job.top - k * M * V * lanes;
#  pragma GCC unroll 16
    for (std::size_t m = 0; m < M; ++m)
#  pragma GCC unroll 2
      for (std::size_t v = 0; v < V; ++v)
        sums[m][v] = hn::Add(hn::LoadU(d, left + (m * V + v) * lanes),
                             sums[m][v]);
  }
}

template <class D, std::size_t M, std::size_t V>
HWY_INLINE void finish(D d, const tile_job& job,
                       const hn::Vec<D> (&sums)[M][V]) {
  constexpr auto lanes = hn::MaxLanes(D{});
  auto to = job.to;
  auto stride = job.stride;
  if (!to) {
    to = job.top - job.merges * M * V * lanes;
    stride = V * lanes;
  }
  auto factor = hn::Set(d, job.factor);
#  pragma GCC unroll 16
  for (std::size_t m = 0; m < M; ++m)
#  pragma GCC unroll 2
    for (std::size_t v = 0; v < V; ++v) {
      auto at = to + m * stride + v * lanes;
      auto sum = sums[m][v];
      if (job.bias)
        sum = hn::Add(sum, hn::LoadU(d, job.bias + v * lanes));
      if (job.adds)
        sum = hn::MulAdd(factor, sum, hn::LoadU(d, at));
      hn::StoreU(sum, d, at);
    }
}

/// Fetches where the sum goes, while it is computed: rows of a matrix, of which
/// the machine expects none.
template <class D, std::size_t M, std::size_t V>
HWY_INLINE void fetch_result(D, const tile_job& job) {
  if (!job.to)
    return;
  for (std::size_t m = 0; m < M; ++m)
    for (std::size_t v = 0; v < V; ++v)
      __builtin_prefetch(job.to + m * job.stride + v * hn::MaxLanes(D{}), 1);
}

template <class D, std::size_t M, std::size_t V>
HWY_INLINE void clear(D d, hn::Vec<D> (&sums)[M][V]) {
#  pragma GCC unroll 16
  for (std::size_t m = 0; m < M; ++m)
#  pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v)
      sums[m][v] = hn::Zero(d);
}

/// A row of B's panel, which goes to `copy`, too, where it is to be copied.
template <bool Copies, class D, std::size_t V>
HWY_INLINE void load_row(D d, const float* b, float* copy,
                         hn::Vec<D> (&row)[V]) {
  constexpr auto lanes = hn::MaxLanes(D{});
#  pragma GCC unroll 2
  for (std::size_t v = 0; v < V; ++v) {
    row[v] = hn::LoadU(d, b + v * lanes);
    if constexpr (Copies)
      hn::StoreU(row[v], d, copy + v * lanes);
  }
}

/// The same pointer, of which the compiler does not know that it is.
HWY_INLINE const float* another_name(const float* x) {
#  if HWY_TARGET == HWY_AVX3
  asm("" : "+r"(x));
#  endif
  return x;
}

/// One inner index: sums += a column of A times a row of B. Every other element
/// of A is read by the instruction that multiplies, once for each vector: what
/// limits a core whose other half is busy is how many instructions it takes,
/// and more reads than that are too many for it.
template <strip_form Form, class D, std::size_t M, std::size_t V>
HWY_INLINE void add_products(D d, const float* a, const hn::Vec<D> (&row)[V],
                             hn::Vec<D> (&sums)[M][V]) {
  constexpr auto pitch = Form == strip_form::by_row ? leaf_limit : 1;
  auto other = another_name(a);
#  pragma GCC unroll 16
  for (std::size_t m = 0; m < M; ++m) {
    auto x = hn::Set(d, a[m * pitch]);
#  pragma GCC unroll 2
    for (std::size_t v = 0; v < V; ++v) {
      if (m % 2 == 1 && v > 0)
        x = hn::Set(d, other[m * pitch]);
      sums[m][v] = hn::MulAdd(x, row[v], sums[m][v]);
    }
  }
}

/// Where a kernel is in its matrices.
struct tile_place {
  const float* a;
  const float* b;
  std::size_t b_stride;
  float* copy;
  const float* next;
  std::size_t next_stride;
};

/// Some inner indices.
template <std::size_t Steps, strip_form Form, bool Copies, class D,
          std::size_t M, std::size_t V>
HWY_INLINE void add_steps(D d, tile_place& at, hn::Vec<D> (&sums)[M][V]) {
  constexpr auto step = Form == strip_form::by_row ? 1 : strip_pitch;
#  pragma GCC unroll 4
  for (std::size_t i = 0; i < Steps; ++i) {
    hn::Vec<D> row[V];
    load_row<Copies>(d, at.b, at.copy, row);
    add_products<Form>(d, at.a + i * step, row, sums);
    at.b += at.b_stride;
    if constexpr (Copies)
      at.copy += V * hn::MaxLanes(D{});
  }
  at.a += Steps * step;
}

/// Fetches a line of each of some rows of what is read next.
template <std::size_t Rows>
HWY_INLINE void fetch_lines(tile_place& at) {
#  pragma GCC unroll 4
  for (std::size_t i = 0; i < Rows; ++i, at.next += at.next_stride)
    __builtin_prefetch(at.next);
}

template <class D, std::size_t M, std::size_t V, strip_form Form, bool Copies>
HWY_NOINLINE void run_tile(const tile_job& job) {
  const D d;
  constexpr std::size_t several = 4;
  fetch_result<D, M, V>(d, job);
  hn::Vec<D> sums[M][V];
  clear(d, sums);
  tile_place at{job.a,    job.b,    job.b_stride,
                job.copy, job.next, job.next_stride};
  for (auto left = job.depth; left > 0;) {
    auto steps = std::min(left, fetched_rows);
    left -= steps;
    for (; steps >= several; steps -= several) {
      if (job.next)
        fetch_lines<several>(at);
      add_steps<several, Form, Copies>(d, at, sums);
    }
    for (; steps > 0; --steps)
      add_steps<1, Form, Copies>(d, at, sums);
    // From the last row that is fetched to the next line of the first.
    if (job.next)
      at.next -= fetched_rows * at.next_stride - fetched_line;
  }
  merge(d, job, sums);
  finish(d, job, sums);
}

using tile_function = void (*)(const tile_job&);

template <class D, std::size_t V, strip_form Form, bool Copies,
          std::size_t... M>
constexpr auto tile_table(std::index_sequence<M...>) {
  return std::array<tile_function, sizeof...(M)>{
    &run_tile<D, M + 1, V, Form, Copies>...};
}

/// The kernel for so many rows of A, at most strip_rows.
template <class D, std::size_t V, strip_form Form, bool Copies = false>
tile_function tile_of(std::size_t rows) {
  static constexpr auto table = tile_table<D, V, Form, Copies>(
    std::make_index_sequence<strip_rows>{});
  return table[rows - 1];
}

} // namespace HWY_NAMESPACE

} // namespace ganglion

HWY_AFTER_NAMESPACE();

#endif
