// Transposes in registers: four columns of as many rows as a vector has lanes.
// Compiled once for each instruction set. Moves bits, computes nothing.
#if defined(GANGLION_TRANSPOSE_INL) == defined(HWY_TARGET_TOGGLE)
#  ifdef GANGLION_TRANSPOSE_INL
#    undef GANGLION_TRANSPOSE_INL
#  else
#    define GANGLION_TRANSPOSE_INL
#  endif

#  include <cstddef>
#  include <cstring>

#  include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();

namespace ganglion {

namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// The four floats from `at` on of the rows i, i + 4, i + 8, ...
template <class D>
HWY_INLINE hn::Vec<D> load_blocks(D d, const float* const* rows,
                                  std::size_t at) {
  if constexpr (hn::MaxLanes(D{}) <= 4) {
    return hn::LoadU(d, *rows + at);
  } else {
    const hn::Half<D> half;
    constexpr auto lanes = hn::MaxLanes(half);
    return hn::Combine(d, load_blocks(half, rows + lanes, at),
                       load_blocks(half, rows, at));
  }
}

/// The reverse: block b of x goes to row 4 b, `pitch` floats apart.
template <class D>
HWY_INLINE void store_blocks(D d, hn::Vec<D> x, float* to, std::size_t pitch) {
  if constexpr (hn::MaxLanes(D{}) <= 4) {
    hn::StoreU(x, d, to);
  } else {
    const hn::Half<D> half;
    store_blocks(half, hn::LowerHalf(half, x), to, pitch);
    store_blocks(half, hn::UpperHalf(half, x), to + hn::MaxLanes(half) * pitch,
                 pitch);
  }
}

/// Transposes 4 x 4 floats in each block of 128 bits.
template <class D>
HWY_INLINE void transpose_blocks(D d, hn::Vec<D> (&x)[4]) {
  const hn::Repartition<double, D> pairs;
  auto low = [&](auto a, auto b) { return hn::InterleaveLower(d, a, b); };
  auto high = [&](auto a, auto b) { return hn::InterleaveUpper(d, a, b); };
  auto a = hn::BitCast(pairs, low(x[0], x[1]));
  auto b = hn::BitCast(pairs, low(x[2], x[3]));
  auto c = hn::BitCast(pairs, high(x[0], x[1]));
  auto e = hn::BitCast(pairs, high(x[2], x[3]));
  x[0] = hn::BitCast(d, hn::InterleaveLower(pairs, a, b));
  x[1] = hn::BitCast(d, hn::InterleaveUpper(pairs, a, b));
  x[2] = hn::BitCast(d, hn::InterleaveLower(pairs, c, e));
  x[3] = hn::BitCast(d, hn::InterleaveUpper(pairs, c, e));
}

/// x[j], lane i = rows[i][at + j].
template <class D>
HWY_INLINE void load_columns(D d, const float* const* rows, std::size_t at,
                             hn::Vec<D> (&x)[4]) {
#  pragma GCC unroll 4
  for (std::size_t i = 0; i < 4; ++i)
    x[i] = load_blocks(d, rows + i, at);
  transpose_blocks(d, x);
}

/// The same where fewer than four columns are left: x[0] alone.
template <class D>
HWY_INLINE hn::Vec<D> load_column(D d, const float* const* rows,
                                  std::size_t at) {
  constexpr auto lanes = hn::MaxLanes(D{});
  HWY_ALIGN float values[lanes];
  for (std::size_t i = 0; i < lanes; ++i)
    values[i] = rows[i][at];
  return hn::Load(d, values);
}

/// The same of four times four columns: x[q][j] is column at + 4 q + j. A row's
/// values are read together, since the first cache may not hold a line of each
/// row at a time, where they lie a power of two apart.
template <class D>
HWY_INLINE void load_lines(D d, const float* const* rows, std::size_t at,
                           hn::Vec<D> (&x)[4][4]) {
#  pragma GCC unroll 4
  for (std::size_t i = 0; i < 4; ++i)
#  pragma GCC unroll 4
    for (std::size_t q = 0; q < 4; ++q)
      x[q][i] = load_blocks(d, rows + i, at + 4 * q);
#  pragma GCC unroll 4
  for (std::size_t q = 0; q < 4; ++q)
    transpose_blocks(d, x[q]);
}

/// to[at * pitch + i] = rows[i][at], for as many rows as a vector has lanes.
template <class D>
void transpose_rows(D d, const float* const* rows, std::size_t columns,
                    float* to, std::size_t pitch) {
  std::size_t at = 0;
  // Fewer registers would not hold that many columns.
  if constexpr (hn::MaxLanes(D{}) > 8)
    for (; at + 16 <= columns; at += 16) {
      hn::Vec<D> x[4][4];
      load_lines(d, rows, at, x);
#  pragma GCC unroll 16
      for (std::size_t j = 0; j < 16; ++j)
        hn::StoreU(x[j / 4][j % 4], d, to + (at + j) * pitch);
    }
  for (; at + 4 <= columns; at += 4) {
    hn::Vec<D> x[4];
    load_columns(d, rows, at, x);
#  pragma GCC unroll 4
    for (std::size_t j = 0; j < 4; ++j)
      hn::StoreU(x[j], d, to + (at + j) * pitch);
  }
  for (; at < columns; ++at)
    hn::StoreU(load_column(d, rows, at), d, to + at * pitch);
}

} // namespace HWY_NAMESPACE

} // namespace ganglion

HWY_AFTER_NAMESPACE();

#endif
