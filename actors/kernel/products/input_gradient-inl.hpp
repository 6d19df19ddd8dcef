// The gradient of inputs. Columns of B, which is the weights, lie in lanes as
// they do in memory. Some panels of them go through all leaves before the next
// ones, so that sums of leaves wait in the second cache and the result is
// written once. Compiled once for each instruction set.
#if defined(GANGLION_INPUT_GRADIENT_INL) == defined(HWY_TARGET_TOGGLE)
#  ifdef GANGLION_INPUT_GRADIENT_INL
#    undef GANGLION_INPUT_GRADIENT_INL
#  else
#    define GANGLION_INPUT_GRADIENT_INL
#  endif

#  include <algorithm>
#  include <cstddef>
#  include <span>
#  include <vector>

#  include <hwy/highway.h>

#  include "actors/kernel/products/gradient_job.hpp"
#  include "actors/kernel/products/panels-inl.hpp"
#  include "actors/kernel/products/scratch.hpp"
#  include "actors/kernel/products/weight_gradient-inl.hpp"

HWY_BEFORE_NAMESPACE();

namespace ganglion {

namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Columns of a row that a call of the kernel fetches.
constexpr std::size_t fetched_columns = leaf_limit;
constexpr std::size_t fetched_panels = fetched_columns / panel_lanes;

/// Sums that wait at the most, where that many columns are fetched at a time.
constexpr std::size_t waiting_sums = std::size_t{1} << 17;

/// Rows of deltas whose sums wait at a time.
constexpr std::size_t rows_of_deltas = 256;

/// Where things are while an input gradient is computed.
struct input_gradient_state {
  const gradient_job& job;
  std::span<const delta_view> deltas;
  strips rows;
  /// Strips of the deltas, leaf by leaf.
  float* strip = nullptr;
  /// Of a panel of a leaf.
  float* copy = nullptr;
  /// The leaf, its first row of B, and how many sums wait before it.
  std::size_t leaf = 0;
  std::size_t row = 0;
  std::size_t waiting = 0;
  /// The columns that go through all leaves together.
  std::size_t begin = 0;
  std::size_t end = 0;

  [[nodiscard]] bool last() const {
    return leaf + 1 == job.leaves.size();
  }

  /// Floats that wait for each column.
  [[nodiscard]] std::size_t sums_of_column() const {
    return rows.count * strip_rows * job.levels;
  }

  [[nodiscard]] float* strip_at(std::size_t i, std::size_t k) const {
    return strip + (i * rows.count + k) * strip_rows * leaf_limit;
  }
};

inline void copy_strips(const input_gradient_state& now) {
  for (std::size_t i = 0; i < now.job.leaves.size(); ++i) {
    const auto& leaf = now.job.leaves[i];
    const auto& d = now.deltas[leaf.part];
    for (std::size_t k = 0; k < now.rows.count; ++k)
      for (std::size_t m = 0; m < now.rows.height(k); ++m)
        std::copy_n(d.values + (now.rows.begin(k) + m) * d.stride + leaf.first,
                    leaf.count, now.strip_at(i, k) + m * leaf_limit);
  }
}

/// Has one of the kernel's calls for a few panels fetch some rows of what
/// follows: the next columns of the leaf, those of the next leaf, or the first
/// ones that go through all leaves after these. Nothing else of the machine
/// does: what a panel reads lies far apart.
inline void fetch_rows(const input_gradient_state& now, std::size_t column,
                       std::size_t call, tile_job& tile) {
  const auto& job = now.job;
  auto next = column / fetched_columns * fetched_columns + fetched_columns;
  auto row = now.row;
  auto leaf = now.leaf;
  if (next >= now.end) {
    row = now.last() ? 0 : row + job.leaves[leaf].count;
    leaf = now.last() ? 0 : leaf + 1;
    next = now.last() ? now.end : now.begin;
  }
  if (call * fetched_rows >= job.leaves[leaf].count || next >= job.width)
    return;
  tile.next = job.b + (row + call * fetched_rows) * job.width + next;
  tile.next_stride = job.width;
}

/// A call of the kernel for one strip of a leaf, but for where its sum goes.
/// The first one reads whole panels in place; a copy is made for others.
inline tile_job leaf_tile(const input_gradient_state& now, const panel& columns,
                          std::size_t k) {
  auto reads = k == 0 && columns.count == panel_lanes;
  const auto& leaf = now.job.leaves[now.leaf];
  auto call = columns.first / panel_lanes % fetched_panels * now.rows.count + k;
  tile_job tile;
  tile.a = now.strip_at(now.leaf, k);
  tile.b = reads ? now.job.b + now.row * now.job.width + columns.first
                 : now.copy;
  tile.b_stride = reads ? now.job.width : columns.lanes();
  tile.copy = reads && now.rows.count > 1 ? now.copy : nullptr;
  tile.depth = leaf.count;
  tile.merges = leaf.merges;
  fetch_rows(now, columns.first, call, tile);
  return tile;
}

/// A leaf's part of one panel of B, for all strips.
inline void run_leaf(const input_gradient_state& now, const panel& columns) {
  const auto& job = now.job;
  if (columns.count < panel_lanes)
    copy_panel(job, columns, now.row, job.leaves[now.leaf].count, now.copy);
  auto stack = job.stack + (columns.first - now.begin) * now.sums_of_column();
  for (std::size_t k = 0; k < now.rows.count; ++k) {
    auto height = now.rows.height(k);
    auto to = job.to + now.rows.begin(k) * job.width + columns.first;
    auto tile = leaf_tile(now, columns, k);
    tile.top = stack + now.waiting * height * columns.lanes();
    if (now.last() && columns.full())
      end_at(job, to, tile);
    gradient_tile<strip_form::by_row>(columns, height, tile.copy)(tile);
    if (now.last() && !columns.full())
      store_part(job, columns, height, stack, to);
    stack += job.levels * strip_rows * panel_lanes;
  }
}

/// All leaves of the columns from now.begin to now.end.
inline void run_columns(input_gradient_state& now) {
  now.row = now.waiting = 0;
  for (now.leaf = 0; now.leaf < now.job.leaves.size(); ++now.leaf) {
    for (auto i = now.begin; i < now.end; i += panel_lanes)
      run_leaf(now, panel_at(i / panel_lanes, now.job.width));
    now.row += now.job.leaves[now.leaf].count;
    now.waiting += 1 - now.job.leaves[now.leaf].merges;
  }
}

/// Some rows of the deltas.
inline void run_some_rows(gradient_job job,
                          std::span<const delta_view> deltas) {
  input_gradient_state now{job, deltas, strips{deltas.front().rows}};
  now.strip = scratch(scratch_use::strip, job.leaves.size() * now.rows.count
                                            * strip_rows * leaf_limit);
  now.copy = scratch(scratch_use::panels, leaf_limit * panel_lanes);
  copy_strips(now);
  auto step = std::max<std::size_t>(
    waiting_sums / now.sums_of_column() / fetched_columns, 1);
  step = std::min(step * fetched_columns, panel_count(job.width) * panel_lanes);
  job.stack = scratch(scratch_use::stack, step * now.sums_of_column());
  for (; now.begin < job.width; now.begin = now.end) {
    now.end = std::min(now.begin + step, job.width);
    run_columns(now);
  }
}

inline void run_input_gradient_of(gradient_job job,
                                  std::span<const delta_view> deltas) {
  std::vector<delta_view> part(deltas.begin(), deltas.end());
  auto rows = deltas.front().rows;
  for (std::size_t done = 0; done < rows; done += rows_of_deltas) {
    for (auto& x : part)
      x.rows = std::min(rows_of_deltas, rows - done);
    run_some_rows(job, part);
    job.to += rows_of_deltas * job.width;
    for (auto& x : part)
      x.values += rows_of_deltas * x.stride;
  }
}

} // namespace HWY_NAMESPACE

} // namespace ganglion

HWY_AFTER_NAMESPACE();

#endif
