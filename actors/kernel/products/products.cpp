#include "actors/kernel/products/products.hpp"

#include <algorithm>
#include <vector>

#include "actors/kernel/lanes.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "actors/kernel/products/products.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "actors/kernel/products/batches-inl.hpp"
#include "actors/kernel/products/few_rows-inl.hpp"
#include "actors/kernel/products/input_gradient-inl.hpp"
#include "actors/kernel/products/many_rows-inl.hpp"
#include "actors/kernel/products/weight_gradient-inl.hpp"

HWY_BEFORE_NAMESPACE();

namespace ganglion {

namespace HWY_NAMESPACE {

namespace {

/// Rows whose transposed inputs lie in the second cache.
std::size_t rows_at_once(const forward_job& job) {
  constexpr std::size_t cached = std::size_t{1} << 18;
  auto rows = cached / depth_of(job) / panel_lanes * panel_lanes;
  return std::clamp<std::size_t>(rows, 128, 256);
}

void forward_rows(forward_job job) {
  auto tile = strip_rows * panel_lanes;
  auto tiles = std::max(panel_count(job.rows), strips{job.rows}.count);
  job.stack = scratch(scratch_use::stack,
                      grouped_panels * tiles * job.levels * tile);
  if (job.rows <= few_rows)
    forward_few(job);
  else if (job.rows >= batch_rows)
    forward_batch(job);
  else
    forward_many(job);
}

void run_forward(const forward_job& job) {
  std::vector<product_input> inputs(job.inputs.begin(), job.inputs.end());
  auto part = job;
  part.inputs = inputs;
  auto step = rows_at_once(job);
  for (std::size_t done = 0; done < job.rows; done += part.rows) {
    part.rows = std::min(step, job.rows - done);
    forward_rows(part);
    part.y += part.rows * job.neurons;
    for (auto& x : inputs)
      x.values += part.rows * x.width;
  }
}

void run_weight_gradient(const gradient_job& job,
                         std::span<const delta_view> deltas) {
  run_weight_gradients(job, deltas);
}

void run_input_gradient(const gradient_job& job,
                        std::span<const delta_view> deltas) {
  run_input_gradient_of(job, deltas);
}

} // namespace

} // namespace HWY_NAMESPACE

} // namespace ganglion

HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace ganglion {

namespace {

HWY_EXPORT(run_forward);
HWY_EXPORT(run_weight_gradient);
HWY_EXPORT(run_input_gradient);

} // namespace

void forward_product(std::span<const product_input> inputs, const float* bias,
                     std::size_t rows, std::size_t neurons, float* y) {
  if (rows == 0 || neurons == 0)
    return;
  leaf_list order;
  for (std::size_t k = 0; k < inputs.size(); ++k)
    order.add(k, inputs[k].width, inputs[k].block);
  order.close();
  if (order.leaves().empty()) {
    for (std::size_t r = 0; r < rows; ++r)
      std::copy_n(bias, neurons, y + r * neurons);
    return;
  }
  HWY_DYNAMIC_DISPATCH(run_forward)
  ({inputs, order.leaves(), order.levels(), bias, rows, neurons, y, nullptr});
}

void weight_gradient(std::span<const delta_view> deltas, const float* x,
                     std::size_t width, gradient_use use, float* to) {
  if (deltas.empty() || deltas.front().rows == 0 || width == 0)
    return;
  auto order = leaves_of(deltas.front().rows);
  HWY_DYNAMIC_DISPATCH(run_weight_gradient)
  ({x, width, order.leaves(), order.levels(), use, to, {}}, deltas);
}

void input_product(std::span<const delta_view> deltas, const float* weights,
                   std::size_t width, float* to) {
  if (deltas.empty() || deltas.front().rows == 0 || deltas.front().neurons == 0
      || width == 0)
    return;
  leaf_list order;
  for (std::size_t i = 0; i < deltas.size(); ++i)
    order.add(i, deltas[i].neurons, deltas[i].neurons);
  order.close();
  HWY_DYNAMIC_DISPATCH(run_input_gradient)
  ({weights, width, order.leaves(), order.levels(), {}, to, {}}, deltas);
}

} // namespace ganglion

#endif
