// The gradient of weights. Columns of B, which is a layer's inputs, lie in
// lanes as they do in memory; panels of them are copied together once, strips
// of the transposed delta as they are needed. Compiled once for each
// instruction set.
#if defined(GANGLION_WEIGHT_GRADIENT_INL) == defined(HWY_TARGET_TOGGLE)
#  ifdef GANGLION_WEIGHT_GRADIENT_INL
#    undef GANGLION_WEIGHT_GRADIENT_INL
#  else
#    define GANGLION_WEIGHT_GRADIENT_INL
#  endif

#  include <algorithm>
#  include <cstddef>
#  include <span>

#  include <hwy/highway.h>

#  include "actors/kernel/products/gradient_job.hpp"
#  include "actors/kernel/products/panels-inl.hpp"
#  include "actors/kernel/products/scratch.hpp"

HWY_BEFORE_NAMESPACE();

namespace ganglion {

namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Floats of a leaf's strip.
constexpr std::size_t leaf_room = strip_pitch * leaf_limit;

/// Copies a strip of the transposed delta: its rows are neurons.
inline void copy_transposed(const delta_view& d, const product_leaf& leaf,
                            std::size_t first, std::size_t height, float* to) {
  auto from = d.values + leaf.first * d.stride + first;
  auto end = d.values + (d.rows - 1) * d.stride + d.neurons;
  for (std::size_t p = 0; p < leaf.count; ++p, from += d.stride)
    // A whole row of the strip at once wherever there is so much to read.
    if (end - from >= static_cast<std::ptrdiff_t>(strip_pitch))
      std::copy_n(from, strip_pitch, to + p * strip_pitch);
    else
      std::copy_n(from, height, to + p * strip_pitch);
}

/// a * b + c, rounded once.
inline float fused(float a, float b, float c) {
  const hn::CappedTag<float, 1> one;
  return hn::GetLane(
    hn::MulAdd(hn::Set(one, a), hn::Set(one, b), hn::Set(one, c)));
}

/// What becomes of a sum that fills no whole panel.
inline void store_part(const gradient_job& job, const panel& columns,
                       std::size_t height, const float* sums, float* to) {
  for (std::size_t m = 0; m < height; ++m)
    for (std::size_t i = 0; i < columns.count; ++i) {
      auto sum = sums[m * columns.lanes() + i];
      auto at = m * job.width + i;
      to[at] = job.use.adds ? fused(job.use.factor, sum, to[at]) : sum;
    }
}

/// Where a panel of B is read, and where it is copied meanwhile.
struct panel_source {
  const float* b = nullptr;
  std::size_t stride = 0;
  float* copy = nullptr;
};

/// Has the last leaf's tile write the result.
inline void end_at(const gradient_job& job, float* to, tile_job& tile) {
  tile.to = to;
  tile.stride = job.width;
  tile.adds = job.use.adds;
  tile.factor = job.use.factor;
}

/// The kernel for a panel that is read, and copied where there is a copy.
template <strip_form Form>
tile_function gradient_tile(const panel& columns, std::size_t height,
                            const float* copy) {
  return copy ? tile_of<wide_tag, 2, Form, true>(height)
              : tile_for<Form>(columns, height);
}

/// One strip of A and one panel of B, leaf by leaf.
inline void run_panel(const gradient_job& job, const panel& columns,
                      const panel_source& source, std::size_t first,
                      std::size_t height, const float* strip) {
  auto stack = job.stack;
  auto to = job.to + first * job.width + columns.first;
  auto run = gradient_tile<strip_form::by_inner>(columns, height, source.copy);
  tile_job tile;
  tile.b_stride = source.stride;
  tile.top = stack;
  std::size_t row = 0;
  for (std::size_t i = 0; i < job.leaves.size(); ++i) {
    const auto& leaf = job.leaves[i];
    tile.a = strip + i * leaf_room;
    tile.b = source.b + row * source.stride;
    if (source.copy)
      tile.copy = source.copy + row * panel_lanes;
    row += leaf.count;
    tile.depth = leaf.count;
    tile.merges = leaf.merges;
    if (i + 1 == job.leaves.size() && columns.full())
      end_at(job, to, tile);
    run(tile);
    tile.top += height * columns.lanes();
    tile.top -= leaf.merges * height * columns.lanes();
  }
  if (!columns.full())
    store_part(job, columns, height, stack, to);
}

/// to[p * lanes + i] = B(first + p, i), 0 in lanes that have no column.
inline void copy_panel(const gradient_job& job, const panel& columns,
                       std::size_t first, std::size_t depth, float* to) {
  auto lanes = columns.lanes();
  auto from = job.b + first * job.width + columns.first;
  for (std::size_t p = 0; p < depth; ++p, from += job.width, to += lanes)
    std::fill(std::copy_n(from, columns.count, to), to + lanes, 0.0f);
}

/// All strips of one delta with the panels begin, ..., end - 1, whose copies
/// lie `room` floats apart. Those of whole panels are made by the first strip.
/// The strip goes on from panel to panel, so that rows of the result, which are
/// weights, are read and written from end to end.
inline void run_strips(const gradient_job& job, std::size_t begin,
                       std::size_t end, float* copies, std::size_t room) {
  strips all{job.delta.neurons};
  auto strip = scratch(scratch_use::strip, job.leaves.size() * leaf_room);
  for (std::size_t k = 0; k < all.count; ++k) {
    for (std::size_t i = 0; i < job.leaves.size(); ++i)
      copy_transposed(job.delta, job.leaves[i], all.begin(k), all.height(k),
                      strip + i * leaf_room);
    for (auto i = begin; i < end; ++i) {
      auto x = panel_at(i, job.width);
      auto copy = copies + (i - begin) * room;
      panel_source source{copy, x.lanes()};
      if (k == 0 && job.in_place && x.count == panel_lanes)
        source = {job.b + x.first, job.width, copy};
      run_panel(job, x, source, all.begin(k), all.height(k), strip);
    }
  }
}

inline float* gradient_stack(const gradient_job& job) {
  return scratch(scratch_use::stack, job.levels * strip_rows * panel_lanes);
}

/// Several deltas that go with the same inputs, whose results follow each
/// other.
inline void run_weight_gradients(gradient_job job,
                                 std::span<const delta_view> deltas) {
  // As many panels at a time as the second cache holds beside the rest.
  constexpr std::size_t cached = std::size_t{1} << 17;
  auto panels = panel_count(job.width);
  auto depth = deltas.front().rows;
  auto room = depth * panel_lanes;
  auto step = std::clamp<std::size_t>(cached / room, 1, panels);
  auto copies = scratch(scratch_use::panels, step * room);
  job.stack = gradient_stack(job);
  for (std::size_t i = 0; i < panels; i += step) {
    auto end = std::min(panels, i + step);
    if (auto x = panel_at(end - 1, job.width); x.count < panel_lanes)
      copy_panel(job, x, 0, depth, copies + (end - 1 - i) * room);
    auto part = job;
    for (const auto& delta : deltas) {
      part.delta = delta;
      part.in_place = &delta == &deltas.front();
      run_strips(part, i, end, copies, room);
      part.to += delta.neurons * job.width;
    }
  }
}

} // namespace HWY_NAMESPACE

} // namespace ganglion

HWY_AFTER_NAMESPACE();

#endif
