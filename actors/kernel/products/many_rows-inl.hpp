// The forward product of many rows: rows lie in lanes, inputs are transposed
// once a call, and a strip of weights at a time, of one leaf, is copied to
// where the innermost kernel finds it quickly. Compiled once for each
// instruction set.
#if defined(GANGLION_MANY_ROWS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GANGLION_MANY_ROWS_INL
#undef GANGLION_MANY_ROWS_INL
#else
#define GANGLION_MANY_ROWS_INL
#endif

#include <algorithm>
#include <array>
#include <cstddef>

#include <hwy/highway.h>

#include "actors/kernel/products/forward_job.hpp"
#include "actors/kernel/products/panels-inl.hpp"
#include "actors/kernel/products/scratch.hpp"
#include "actors/kernel/products/transpose-inl.hpp"

HWY_BEFORE_NAMESPACE();

namespace ganglion {

namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Inner values of all inputs.
inline std::size_t depth_of(const forward_job& job) {
  std::size_t result = 0;
  for (const auto& x : job.inputs)
    result += x.width;
  return result;
}

/// to[p * lanes + i] = value p of the panel's row i. Lanes without a row
/// repeat the last one.
template <class D>
void transpose_inputs(D d, const forward_job& job, const panel& rows,
                      float* to) {
  constexpr auto lanes = hn::MaxLanes(D{});
  for (std::size_t group = 0; group < rows.lanes(); group += lanes) {
    auto at = to + group;
    for (const auto& x : job.inputs) {
      std::array<const float*, lanes> from;
      for (std::size_t i = 0; i < lanes; ++i)
        from[i] = x.values
                  + (rows.first + std::min(group + i, rows.count - 1))
                      * x.width;
      transpose_rows(d, from.data(), x.width, at, rows.lanes());
      at += x.width * rows.lanes();
    }
  }
}

/// y = sums + bias, for a strip of `height` neurons from `first` on; sums is
/// [height x lanes].
template <class D>
void store_outputs(D d, const forward_job& job, const panel& rows,
                   std::size_t first, std::size_t height, const float* sums) {
  constexpr auto lanes = hn::MaxLanes(D{});
  HWY_ALIGN float block[4][lanes];
  for (std::size_t group = 0; group < rows.count; group += lanes)
    for (std::size_t m = 0; m < height; m += 4) {
      auto wide = std::min<std::size_t>(4, height - m);
      hn::Vec<D> x[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
      for (std::size_t j = 0; j < wide; ++j)
        x[j] = hn::Add(hn::LoadU(d, sums + (m + j) * rows.lanes() + group),
                       hn::Set(d, job.bias[first + m + j]));
      transpose_blocks(d, x);
      for (std::size_t j = 0; j < 4; ++j)
        hn::Store(x[j], d, block[j]);
      auto count = std::min(lanes, rows.count - group);
      auto to = job.y + (rows.first + group) * job.neurons + first + m;
      for (std::size_t i = 0; i < count; ++i, to += job.neurons) {
        auto from = block[i % 4] + i / 4 * 4;
        if (wide == 4)
          std::copy_n(from, 4, to);
        else
          std::copy_n(from, wide, to);
      }
    }
}

/// The strip of weights of one leaf, by row.
inline void copy_weights(const forward_job& job, const product_leaf& leaf,
                         std::size_t first, std::size_t height, float* to) {
  const auto& input = job.inputs[leaf.part];
  for (std::size_t m = 0; m < height; ++m)
    std::copy_n(input.weights + (first + m) * input.width + leaf.first,
                leaf.count, to + m * leaf_limit);
}

/// A strip of neurons, for all panels of rows. Sums that wait lie panel by
/// panel.
inline void run_strip(const forward_job& job, const float* inputs,
                      std::size_t first, std::size_t height) {
  auto panels = panel_count(job.rows);
  auto room = job.levels * strip_rows * panel_lanes;
  auto strip = scratch(scratch_use::strip, strip_rows * leaf_limit);
  auto depth = depth_of(job);
  std::size_t at = 0;
  std::size_t waiting = 0;
  for (const auto& leaf : job.leaves) {
    copy_weights(job, leaf, first, height, strip);
    for (std::size_t i = 0; i < panels; ++i) {
      auto rows = panel_at(i, job.rows);
      tile_job tile;
      tile.a = strip;
      tile.b = inputs + i * panel_lanes * depth + at * rows.lanes();
      tile.b_stride = rows.lanes();
      tile.depth = leaf.count;
      tile.top = job.stack + i * room + waiting * height * rows.lanes();
      tile.merges = leaf.merges;
      tile_for<strip_form::by_row>(rows, height)(tile);
    }
    at += leaf.count;
    waiting += 1 - leaf.merges;
  }
  for (std::size_t i = 0; i < panels; ++i) {
    auto rows = panel_at(i, job.rows);
    auto sums = job.stack + i * room;
    if (rows.lanes() < vector_lanes)
      store_outputs(half_tag{}, job, rows, first, height, sums);
    else
      store_outputs(wide_tag{}, job, rows, first, height, sums);
  }
}

inline void forward_many(const forward_job& job) {
  auto depth = depth_of(job);
  auto panels = panel_count(job.rows);
  auto inputs = scratch(scratch_use::panels, panels * panel_lanes * depth);
  for (std::size_t i = 0; i < panels; ++i) {
    auto rows = panel_at(i, job.rows);
    auto to = inputs + i * panel_lanes * depth;
    if (rows.lanes() < vector_lanes)
      transpose_inputs(half_tag{}, job, rows, to);
    else
      transpose_inputs(wide_tag{}, job, rows, to);
  }
  strips all{job.neurons};
  for (std::size_t i = 0; i < all.count; ++i)
    run_strip(job, inputs, all.begin(i), all.height(i));
}

} // namespace HWY_NAMESPACE

} // namespace ganglion

HWY_AFTER_NAMESPACE();

#endif
