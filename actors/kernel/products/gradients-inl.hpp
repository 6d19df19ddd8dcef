// The products of the backward pass. Columns of B lie in lanes as they do in
// memory; panels of them are copied together once, strips of the delta as they
// are needed. Compiled once for each instruction set.
#if defined(GANGLION_GRADIENTS_INL) == defined(HWY_TARGET_TOGGLE)
#  ifdef GANGLION_GRADIENTS_INL
#    undef GANGLION_GRADIENTS_INL
#  else
#    define GANGLION_GRADIENTS_INL
#  endif

#  include <algorithm>
#  include <cstddef>

#  include <hwy/highway.h>

#  include "actors/kernel/products/gradient_job.hpp"
#  include "actors/kernel/products/panels-inl.hpp"
#  include "actors/kernel/products/scratch.hpp"

HWY_BEFORE_NAMESPACE();

namespace ganglion {

namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// A is the delta: rows of the result are samples.
struct plain_delta {
  static constexpr auto form = strip_form::by_row;
  static constexpr std::size_t leaf_room = strip_rows * leaf_limit;

  static void copy(const delta_view& d, const product_leaf& leaf,
                   std::size_t first, std::size_t height, float* to) {
    for (std::size_t m = 0; m < height; ++m)
      std::copy_n(d.values + (first + m) * d.stride + leaf.first, leaf.count,
                  to + m * leaf_limit);
  }
};

/// A is its transpose: rows of the result are neurons.
struct transposed_delta {
  static constexpr auto form = strip_form::by_inner;
  static constexpr std::size_t leaf_room = strip_pitch * leaf_limit;

  static void copy(const delta_view& d, const product_leaf& leaf,
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
};

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
  /// What is fetched besides.
  const float* next = nullptr;
  std::size_t next_stride = 0;
};

/// Has the last leaf's tile write the result.
inline void end_at(const gradient_job& job, float* to, tile_job& tile) {
  tile.to = to;
  tile.stride = job.width;
  tile.adds = job.use.adds;
  tile.factor = job.use.factor;
}

/// One strip of A and one panel of B, leaf by leaf.
template <class Delta>
void run_panel(const gradient_job& job, const panel& columns,
               const panel_source& source, std::size_t first,
               std::size_t height, const float* strip) {
  auto stack = scratch(scratch_use::stack,
                       job.levels * strip_rows * panel_lanes);
  auto to = job.to + first * job.width + columns.first;
  auto run = source.copy ? tile_of<wide_tag, 2, Delta::form, true>(height)
                         : tile_for<Delta::form>(columns, height);
  tile_job tile;
  tile.b_stride = source.stride;
  tile.top = stack;
  for (std::size_t i = 0; i < job.leaves.size(); ++i) {
    const auto& leaf = job.leaves[i];
    tile.a = strip + i * Delta::leaf_room;
    tile.next = source.next ? source.next : tile.a;
    tile.next_stride = source.next_stride;
    tile.b = source.b + leaf.first * source.stride;
    if (source.copy)
      tile.copy = source.copy + leaf.first * panel_lanes;
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

/// to[p * lanes + i] = B(p, i), 0 in lanes that have no column.
inline void copy_panel(const gradient_job& job, const panel& columns,
                       std::size_t depth, float* to) {
  auto lanes = columns.lanes();
  auto from = job.b + columns.first;
  for (std::size_t p = 0; p < depth; ++p, from += job.width, to += lanes)
    std::fill(std::copy_n(from, columns.count, to), to + lanes, 0.0f);
}

/// All strips of one delta with the panels begin, ..., end - 1, whose copies
/// lie `room` floats apart. Those of whole panels are made by the first strip.
/// The strip goes on from panel to panel, so that rows of the result, which are
/// weights, are read and written from end to end.
inline void run_strips(const gradient_job& job, std::size_t begin,
                       std::size_t end, float* copies, std::size_t room) {
  using form = transposed_delta;
  strips all{job.delta.neurons};
  auto strip = scratch(scratch_use::strip, job.leaves.size() * form::leaf_room);
  for (std::size_t k = 0; k < all.count; ++k) {
    for (std::size_t i = 0; i < job.leaves.size(); ++i)
      form::copy(job.delta, job.leaves[i], all.begin(k), all.height(k),
                 strip + i * form::leaf_room);
    for (auto i = begin; i < end; ++i) {
      auto x = panel_at(i, job.width);
      auto copy = copies + (i - begin) * room;
      panel_source source{copy, x.lanes()};
      if (k == 0 && job.in_place && x.count == panel_lanes)
        source = {job.b + x.first, job.width, copy};
      run_panel<form>(job, x, source, all.begin(k), all.height(k), strip);
    }
  }
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
  for (std::size_t i = 0; i < panels; i += step) {
    auto end = std::min(panels, i + step);
    if (auto x = panel_at(end - 1, job.width); x.count < panel_lanes)
      copy_panel(job, x, depth, copies + (end - 1 - i) * room);
    auto part = job;
    for (const auto& delta : deltas) {
      part.delta = delta;
      part.in_place = &delta == &deltas.front();
      run_strips(part, i, end, copies, room);
      part.to += delta.neurons * job.width;
    }
  }
}

/// A call of the kernel fetches rows of so many panels.
constexpr std::size_t fetched_panels = leaf_limit / panel_lanes;

/// Has the kernel fetch some rows of the next few panels. Nothing else of the
/// machine does: what a panel reads lies far apart.
inline void fetch_panels(const gradient_job& job, std::size_t index,
                         std::size_t strip, std::size_t strip_count,
                         panel_source& source) {
  auto row = (index % fetched_panels * strip_count + strip) * fetched_rows;
  auto first = (index / fetched_panels + 1) * leaf_limit;
  if (row >= job.delta.neurons || first >= job.width)
    return;
  source.next = job.b + row * job.width + first;
  source.next_stride = job.width;
}

/// A panel of weights goes through all strips before the next one, so that
/// weights are read once, while others are computed with.
inline void run_input_gradient_of(const gradient_job& job) {
  using form = plain_delta;
  strips all{job.delta.rows};
  auto room = job.leaves.size() * form::leaf_room;
  auto strip = scratch(scratch_use::strip, all.count * room);
  for (std::size_t k = 0; k < all.count; ++k)
    for (std::size_t i = 0; i < job.leaves.size(); ++i)
      form::copy(job.delta, job.leaves[i], all.begin(k), all.height(k),
                 strip + k * room + i * form::leaf_room);
  auto copy = scratch(scratch_use::panels, job.delta.neurons * panel_lanes);
  for (std::size_t i = 0; i < panel_count(job.width); ++i) {
    auto x = panel_at(i, job.width);
    if (x.count < panel_lanes)
      copy_panel(job, x, job.delta.neurons, copy);
    for (std::size_t k = 0; k < all.count; ++k) {
      panel_source source{copy, x.lanes()};
      if (k == 0 && x.count == panel_lanes)
        source = {job.b + x.first, job.width, copy};
      fetch_panels(job, i, k, all.count, source);
      run_panel<form>(job, x, source, all.begin(k), all.height(k),
                      strip + k * room);
    }
  }
}

} // namespace HWY_NAMESPACE

} // namespace ganglion

HWY_AFTER_NAMESPACE();

#endif
