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
      if (job.adds)
        sum = hn::MulAdd(factor, sum, hn::LoadU(d, at));
      hn::StoreU(sum, d, at);
    }
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

/// One inner index: sums += a column of A times a row of B.
template <strip_form Form, class D, std::size_t M, std::size_t V>
HWY_INLINE void add_products(D d, const float* a, const hn::Vec<D> (&row)[V],
                             hn::Vec<D> (&sums)[M][V]) {
  constexpr auto pitch = Form == strip_form::by_row ? leaf_limit : 1;
#  pragma GCC unroll 16
  for (std::size_t m = 0; m < M; ++m) {
    auto x = hn::Set(d, a[m * pitch]);
#  pragma GCC unroll 2
    for (std::size_t v = 0; v < V; ++v)
      sums[m][v] = hn::MulAdd(x, row[v], sums[m][v]);
  }
}

/// Fetches a line of what is read next, where A lies row by row.
template <strip_form Form>
HWY_INLINE void fetch_line(const float*& next, std::size_t stride) {
  if constexpr (Form == strip_form::by_row) {
    __builtin_prefetch(next);
    next += stride;
  }
}

/// From the last row that is fetched to the next line of the first.
template <strip_form Form>
HWY_INLINE void begin_line(const float*& next, std::size_t stride) {
  if constexpr (Form == strip_form::by_row)
    next -= static_cast<std::ptrdiff_t>(fetched_rows * stride)
            - static_cast<std::ptrdiff_t>(fetched_line);
}

template <class D, std::size_t M, std::size_t V, strip_form Form, bool Copies>
HWY_NOINLINE void run_tile(const tile_job& job) {
  const D d;
  constexpr auto step = Form == strip_form::by_row ? 1 : strip_pitch;
  hn::Vec<D> sums[M][V];
  clear(d, sums);
  auto a = job.a;
  auto b = job.b;
  auto copy = job.copy;
  auto next = job.next;
  for (auto left = job.depth; left > 0;) {
    // Nothing is fetched where A is the transposed of a delta.
    auto steps = Form == strip_form::by_row && left > fetched_rows
                   ? fetched_rows
                   : left;
    left -= steps;
    for (; steps > 0; --steps) {
      hn::Vec<D> row[V];
      load_row<Copies>(d, b, copy, row);
      add_products<Form>(d, a, row, sums);
      fetch_line<Form>(next, job.next_stride);
      a += step;
      b += job.b_stride;
      if constexpr (Copies)
        copy += V * hn::MaxLanes(D{});
    }
    begin_line<Form>(next, job.next_stride);
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
