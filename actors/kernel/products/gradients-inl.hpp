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

  static std::size_t rows(const delta_view& d) {
    return d.rows;
  }

  static std::size_t depth(const delta_view& d) {
    return d.neurons;
  }

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

  static std::size_t rows(const delta_view& d) {
    return d.neurons;
  }

  static std::size_t depth(const delta_view& d) {
    return d.rows;
  }

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

/// What becomes of a sum that fills no whole panel.
inline void store_part(const gradient_job& job, const panel& columns,
                       std::size_t height, const float* sums, float* to) {
  for (std::size_t m = 0; m < height; ++m)
    for (std::size_t i = 0; i < columns.count; ++i) {
      auto sum = sums[m * columns.lanes() + i];
      auto& x = to[m * job.width + i];
      x = job.use.adds ? hn::GetLane(
            hn::MulAdd(hn::Set(hn::CappedTag<float, 1>{}, job.use.factor),
                       hn::Set(hn::CappedTag<float, 1>{}, sum),
                       hn::Set(hn::CappedTag<float, 1>{}, x)))
                       : sum;
    }
}

/// One strip of A and one panel of B, leaf by leaf.
template <class Delta>
void run_panel(const gradient_job& job, const panel& columns, const float* b,
               std::size_t b_stride, std::size_t first, std::size_t height,
               const float* strip) {
  auto stack = scratch(scratch_use::stack,
                       job.levels * strip_rows * panel_lanes);
  auto to = job.to + first * job.width + columns.first;
  auto run = tile_for<Delta::form>(columns, height);
  tile_job tile;
  tile.b_stride = b_stride;
  tile.top = stack;
  for (std::size_t i = 0; i < job.leaves.size(); ++i) {
    const auto& leaf = job.leaves[i];
    tile.a = strip + i * Delta::leaf_room;
    tile.b = b + leaf.first * b_stride;
    tile.depth = leaf.count;
    tile.merges = leaf.merges;
    if (i + 1 == job.leaves.size() && columns.full()) {
      tile.to = to;
      tile.stride = job.width;
      tile.adds = job.use.adds;
      tile.factor = job.use.factor;
    }
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
  const wide_tag d;
  auto lanes = columns.lanes();
  auto from = job.b + columns.first;
  for (std::size_t p = 0; p < depth; ++p, from += job.width, to += lanes)
    if (columns.count == panel_lanes) {
      hn::StoreU(hn::LoadU(d, from), d, to);
      hn::StoreU(hn::LoadU(d, from + vector_lanes), d, to + vector_lanes);
    } else {
      std::fill(std::copy_n(from, columns.count, to), to + lanes, 0.0f);
    }
}

/// All strips of one delta with the panels begin, ..., end - 1, of which
/// `copied` has those that were copied together, `room` floats apart.
template <class Delta>
void run_strips(const gradient_job& job, std::size_t begin, std::size_t end,
                const float* copied, std::size_t room) {
  strips all{Delta::rows(job.delta)};
  auto strip = scratch(scratch_use::strip,
                       job.leaves.size() * Delta::leaf_room);
  for (std::size_t k = 0; k < all.count; ++k) {
    for (std::size_t i = 0; i < job.leaves.size(); ++i)
      Delta::copy(job.delta, job.leaves[i], all.begin(k), all.height(k),
                  strip + i * Delta::leaf_room);
    for (auto i = begin; i < end; ++i) {
      auto x = panel_at(i, job.width);
      if (job.copies || !x.full())
        run_panel<Delta>(job, x, copied + (i - begin) * room, x.lanes(),
                         all.begin(k), all.height(k), strip);
      else
        run_panel<Delta>(job, x, job.b + x.first, job.width, all.begin(k),
                         all.height(k), strip);
    }
  }
}

/// Several deltas that go with the same B, whose results follow each other.
template <class Delta>
void run_gradient(gradient_job job, std::span<const delta_view> deltas) {
  // As many panels at a time as the second cache holds beside the rest.
  constexpr std::size_t cached = std::size_t{1} << 17;
  auto panels = panel_count(job.width);
  auto depth = Delta::depth(deltas.front());
  auto room = depth * panel_lanes;
  auto step = std::clamp<std::size_t>(cached / room, 1, panels);
  auto copied = scratch(scratch_use::panels, step * room);
  // A panel that is read once is read where it is.
  job.copies = deltas.size() > 1 || Delta::rows(deltas.front()) > strip_rows;
  for (std::size_t i = 0; i < panels; i += step) {
    auto end = std::min(panels, i + step);
    for (auto k = i; k < end; ++k)
      if (auto x = panel_at(k, job.width); job.copies || !x.full())
        copy_panel(job, x, depth, copied + (k - i) * room);
    auto part = job;
    for (const auto& delta : deltas) {
      part.delta = delta;
      run_strips<Delta>(part, i, end, copied, room);
      part.to += Delta::rows(delta) * job.width;
    }
  }
}

} // namespace HWY_NAMESPACE

} // namespace ganglion

HWY_AFTER_NAMESPACE();

#endif
