// The forward product of many rows: rows lie in lanes, inputs are transposed
// once a call, and a strip of weights at a time, of one leaf, is copied to
// where the innermost kernel finds it quickly. Compiled once for each
// instruction set.
#if defined(GANGLION_MANY_ROWS_INL) == defined(HWY_TARGET_TOGGLE)
#  ifdef GANGLION_MANY_ROWS_INL
#    undef GANGLION_MANY_ROWS_INL
#  else
#    define GANGLION_MANY_ROWS_INL
#  endif

#  include <algorithm>
#  include <array>
#  include <cstddef>

#  include <hwy/highway.h>

#  include "actors/kernel/products/forward_job.hpp"
#  include "actors/kernel/products/panels-inl.hpp"
#  include "actors/kernel/products/scratch.hpp"
#  include "actors/kernel/products/transpose-inl.hpp"

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

/// Neurons whose sums are collected before they are stored, so that lines of y
/// are written as a whole.
constexpr std::size_t staged_neurons = 8 * strip_rows;

/// y = sums + bias for the neurons first, ..., first + count - 1, whose sums
/// lie [count, at least its next multiple of 4 x stride], a row in each lane.
template <class D>
void store_outputs(D d, const forward_job& job, const panel& rows,
                   std::size_t first, std::size_t count, const float* sums,
                   std::size_t stride) {
  constexpr auto lanes = hn::MaxLanes(D{});
  constexpr auto pitch = staged_neurons;
  HWY_ALIGN float lines[lanes * pitch];
  for (std::size_t group = 0; group < rows.count; group += lanes) {
    for (std::size_t n = 0; n < count; n += 4) {
      hn::Vec<D> x[4];
#  pragma GCC unroll 4
      for (std::size_t j = 0; j < 4; ++j)
        x[j] = hn::Add(
          hn::LoadU(d, sums + (n + j) * stride + group),
          hn::Set(d, job.bias[std::min(first + n + j, job.neurons - 1)]));
      transpose_blocks(d, x);
#  pragma GCC unroll 4
      for (std::size_t j = 0; j < 4; ++j)
        store_blocks(d, x[j], lines + j * pitch + n, pitch);
    }
    auto to = job.y + (rows.first + group) * job.neurons + first;
    auto end = std::min(lanes, rows.count - group);
    for (std::size_t i = 0; i < end; ++i, to += job.neurons)
      std::copy_n(lines + i * pitch, count, to);
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

/// Has the kernel fetch what is copied next: the same rows of the next leaf, or
/// the next strip.
inline void fetch_next(const forward_job& job, const product_leaf& leaf,
                       std::size_t first, std::size_t height, tile_job& tile) {
  auto last = &leaf == &job.leaves.back();
  const auto& next = last ? job.leaves.front() : *(&leaf + 1);
  const auto& input = job.inputs[next.part];
  tile.next = input.weights + (last ? first + height : first) * input.width
              + next.first;
  tile.next_stride = input.width;
}

/// What lies where while the strips of a call are run.
struct forward_room {
  /// Transposed inputs, a panel of `depth` x its lanes after another.
  const float* inputs = nullptr;
  std::size_t depth = 0;
  std::size_t panels = 0;
  /// [staged_neurons x panels * panel_lanes].
  float* sums = nullptr;

  [[nodiscard]] std::size_t lanes() const {
    return panels * panel_lanes;
  }
};

/// A strip of neurons, for all panels of rows. Sums that wait lie panel by
/// panel.
inline void run_strip(const forward_job& job, const forward_room& room,
                      std::size_t first, std::size_t height, float* to) {
  auto apart = job.levels * strip_rows * panel_lanes;
  auto strip = scratch(scratch_use::strip, strip_rows * leaf_limit);
  std::size_t at = 0;
  std::size_t waiting = 0;
  for (const auto& leaf : job.leaves) {
    copy_weights(job, leaf, first, height, strip);
    for (std::size_t i = 0; i < room.panels; ++i) {
      auto rows = panel_at(i, job.rows);
      tile_job tile;
      tile.a = strip;
      tile.b = room.inputs + i * panel_lanes * room.depth + at * rows.lanes();
      tile.b_stride = rows.lanes();
      tile.depth = leaf.count;
      tile.top = job.stack + i * apart + waiting * height * rows.lanes();
      tile.merges = leaf.merges;
      if (i == 0)
        fetch_next(job, leaf, first, height, tile);
      if (&leaf == &job.leaves.back()) {
        tile.to = to + i * panel_lanes;
        tile.stride = room.lanes();
      }
      tile_for<strip_form::by_row>(rows, height)(tile);
    }
    at += leaf.count;
    waiting += 1 - leaf.merges;
  }
}

inline void store_staged(const forward_job& job, const forward_room& room,
                         std::size_t first, std::size_t count) {
  for (std::size_t i = 0; i < room.panels; ++i) {
    auto rows = panel_at(i, job.rows);
    auto sums = room.sums + i * panel_lanes;
    if (rows.lanes() < vector_lanes)
      store_outputs(half_tag{}, job, rows, first, count, sums, room.lanes());
    else
      store_outputs(wide_tag{}, job, rows, first, count, sums, room.lanes());
  }
}

inline forward_room prepare(const forward_job& job) {
  forward_room room;
  room.depth = depth_of(job);
  room.panels = panel_count(job.rows);
  room.sums = scratch(scratch_use::sums, staged_neurons * room.lanes());
  auto to = scratch(scratch_use::panels, room.lanes() * room.depth);
  room.inputs = to;
  for (std::size_t i = 0; i < room.panels; ++i) {
    auto rows = panel_at(i, job.rows);
    if (rows.lanes() < vector_lanes)
      transpose_inputs(half_tag{}, job, rows, to);
    else
      transpose_inputs(wide_tag{}, job, rows, to);
    to += panel_lanes * room.depth;
  }
  return room;
}

inline void forward_many(const forward_job& job) {
  auto room = prepare(job);
  strips all{job.neurons};
  std::size_t staged = 0;
  for (std::size_t i = 0; i < all.count; ++i) {
    auto first = all.begin(i);
    run_strip(job, room, first, all.height(i),
              room.sums + (first - staged) * room.lanes());
    auto end = all.begin(i + 1);
    if (i + 1 == all.count || all.begin(i + 2) - staged > staged_neurons) {
      store_staged(job, room, staged, end - staged);
      staged = end;
    }
  }
}

} // namespace HWY_NAMESPACE

} // namespace ganglion

HWY_AFTER_NAMESPACE();

#endif
