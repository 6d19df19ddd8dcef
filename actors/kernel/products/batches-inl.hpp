// The forward product of a batch: neurons lie in lanes, a panel of weights is
// transposed a leaf at a time to where the first cache holds it, and goes
// through all rows, which were copied together once. So weights are read once,
// and sums are stored as the kernel has them. Compiled once for each
// instruction set. The bits are those of the other kernels.
#if defined(GANGLION_BATCHES_INL) == defined(HWY_TARGET_TOGGLE)
#  ifdef GANGLION_BATCHES_INL
#    undef GANGLION_BATCHES_INL
#  else
#    define GANGLION_BATCHES_INL
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

/// From so many rows on, transposing weights costs less than transposing what
/// goes in and comes out.
constexpr std::size_t batch_rows = 96;

/// Floats of inputs that stay in the second cache. Of more, a leaf at a time
/// goes through so many panels of weights.
constexpr std::size_t cached_inputs = std::size_t{1} << 18;
constexpr std::size_t grouped_panels = 4;

/// Where things are while a batch is computed.
struct batch_state {
  const forward_job& job;
  strips rows;
  /// Strips of the inputs, leaf by leaf.
  float* strip = nullptr;
  /// A leaf of a panel of weights.
  float* weights = nullptr;
  std::size_t leaf = 0;
  /// Sums that wait before the leaf.
  std::size_t waiting = 0;
  /// The neurons that go through all leaves together.
  std::size_t begin = 0;
  std::size_t end = 0;

  [[nodiscard]] bool last() const {
    return leaf + 1 == job.leaves.size();
  }

  [[nodiscard]] float* strip_at(std::size_t i, std::size_t k) const {
    return strip + (i * rows.count + k) * strip_rows * leaf_limit;
  }
};

/// Copies a strip of the leaf's inputs.
inline void copy_inputs(const batch_state& now, std::size_t k) {
  const auto& leaf = now.job.leaves[now.leaf];
  const auto& x = now.job.inputs[leaf.part];
  auto from = x.values + now.rows.begin(k) * x.width + leaf.first;
  for (std::size_t m = 0; m < now.rows.height(k); ++m)
    std::copy_n(from + m * x.width, leaf.count,
                now.strip_at(now.leaf, k) + m * leaf_limit);
}

/// now.weights[p * lanes + i] = value p of the leaf in the panel's neuron i.
/// Lanes without a neuron repeat the last one.
template <class D>
void transpose_weights(D d, const batch_state& now, const panel& neurons) {
  constexpr auto lanes = hn::MaxLanes(D{});
  const auto& leaf = now.job.leaves[now.leaf];
  const auto& input = now.job.inputs[leaf.part];
  for (std::size_t group = 0; group < neurons.lanes(); group += lanes) {
    std::array<const float*, lanes> from;
    for (std::size_t i = 0; i < lanes; ++i)
      from[i] = input.weights + leaf.first
                + (neurons.first + std::min(group + i, neurons.count - 1))
                    * input.width;
    transpose_rows(d, from.data(), leaf.count, now.weights + group,
                   neurons.lanes());
  }
}

/// Has the kernel fetch some of the weights that are transposed next: of the
/// next panel, or of the first one of the next leaf, or of the next group.
inline bool fetch_weights(const batch_state& now, const panel& neurons,
                          std::size_t call, tile_job& tile) {
  auto next = neurons.first + panel_lanes;
  auto leaf = now.leaf;
  if (next >= now.end) {
    next = now.last() ? now.end : now.begin;
    leaf = now.last() ? 0 : leaf + 1;
  }
  auto neuron = next + call * fetched_rows;
  if (neuron >= std::min(next + panel_lanes, now.job.neurons))
    return false;
  const auto& from = now.job.leaves[leaf];
  const auto& input = now.job.inputs[from.part];
  tile.next = input.weights + neuron * input.width + from.first;
  tile.next_stride = input.width;
  return true;
}

/// The same of the inputs that are copied next: another strip of the leaf.
inline void fetch_inputs(const batch_state& now, std::size_t k,
                         tile_job& tile) {
  if (k + 1 >= now.rows.count)
    return;
  const auto& leaf = now.job.leaves[now.leaf];
  const auto& x = now.job.inputs[leaf.part];
  tile.next = x.values + now.rows.begin(k + 1) * x.width + leaf.first;
  tile.next_stride = x.width;
}

/// y = sums + bias where neurons fill no panel.
inline void store_neurons(const batch_state& now, const panel& neurons,
                          std::size_t height, const float* sums, float* to) {
  auto bias = now.job.bias + neurons.first;
  for (std::size_t m = 0; m < height; ++m)
    for (std::size_t i = 0; i < neurons.count; ++i)
      to[m * now.job.neurons + i] = sums[m * neurons.lanes() + i] + bias[i];
}

/// A leaf of a panel of weights, for all strips of rows.
inline void run_neurons(const batch_state& now, const panel& neurons) {
  const auto& job = now.job;
  const auto& leaf = job.leaves[now.leaf];
  auto stack = job.stack
               + (neurons.first - now.begin) * now.rows.count * strip_rows
                   * job.levels;
  for (std::size_t k = 0; k < now.rows.count; ++k) {
    auto height = now.rows.height(k);
    auto to = job.y + now.rows.begin(k) * job.neurons + neurons.first;
    tile_job tile;
    tile.a = now.strip_at(now.leaf, k);
    tile.b = now.weights;
    tile.b_stride = neurons.lanes();
    tile.depth = leaf.count;
    tile.merges = leaf.merges;
    tile.top = stack + now.waiting * height * neurons.lanes();
    if (neurons.first == 0)
      copy_inputs(now, k);
    if (!fetch_weights(now, neurons, k, tile) && neurons.first == 0)
      fetch_inputs(now, k, tile);
    if (now.last() && neurons.full()) {
      tile.to = to;
      tile.stride = job.neurons;
      tile.bias = job.bias + neurons.first;
    }
    tile_for<strip_form::by_row>(neurons, height)(tile);
    if (now.last() && !neurons.full())
      store_neurons(now, neurons, height, stack, to);
    stack += job.levels * strip_rows * panel_lanes;
  }
}

/// All leaves of the neurons from now.begin to now.end.
inline void run_group(batch_state& now) {
  now.waiting = 0;
  for (now.leaf = 0; now.leaf < now.job.leaves.size(); ++now.leaf) {
    for (auto i = now.begin; i < now.end; i += panel_lanes) {
      auto neurons = panel_at(i / panel_lanes, now.job.neurons);
      if (neurons.lanes() < vector_lanes)
        transpose_weights(half_tag{}, now, neurons);
      else
        transpose_weights(wide_tag{}, now, neurons);
      run_neurons(now, neurons);
    }
    now.waiting += 1 - now.job.leaves[now.leaf].merges;
  }
}

inline void forward_batch(const forward_job& job) {
  batch_state now{job, strips{job.rows}};
  auto strip = job.leaves.size() * now.rows.count * strip_rows * leaf_limit;
  now.strip = scratch(scratch_use::strip, strip);
  now.weights = scratch(scratch_use::panels, leaf_limit * panel_lanes);
  auto step = (strip > cached_inputs ? grouped_panels : 1) * panel_lanes;
  for (; now.begin < job.neurons; now.begin = now.end) {
    now.end = std::min(now.begin + step, job.neurons);
    run_group(now);
  }
}

} // namespace HWY_NAMESPACE

} // namespace ganglion

HWY_AFTER_NAMESPACE();

#endif
