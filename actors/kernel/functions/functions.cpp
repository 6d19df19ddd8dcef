#include "actors/kernel/functions/functions.hpp"

#include "actors/kernel/lanes.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "actors/kernel/functions/functions.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "actors/kernel/functions/error-inl.hpp"

HWY_BEFORE_NAMESPACE();

namespace ganglion {

namespace HWY_NAMESPACE {

namespace {

/// Whole vectors, then what is left through a vector of its own, so that all go
/// one way.
template <class F>
void each_lane(const float* x, float* y, std::size_t count, F f) {
  const hn::ScalableTag<float> d;
  constexpr auto lanes = hn::MaxLanes(hn::ScalableTag<float>{});
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    hn::StoreU(f(d, hn::LoadU(d, x + i)), d, y + i);
  if (i == count)
    return;
  HWY_ALIGN float rest[lanes] = {};
  for (auto k = i; k < count; ++k)
    rest[k - i] = x[k];
  hn::Store(f(d, hn::Load(d, rest)), d, rest);
  for (auto k = i; k < count; ++k)
    y[k] = rest[k - i];
}

#define GANGLION_LANES(name)                                                   \
  case lane_function::name:                                                    \
    return each_lane(x, y, count,                                              \
                     [](auto d, auto v) HWY_ATTR { return name##_of(d, v); });

void run_function(lane_function f, const float* x, float* y,
                  std::size_t count) {
  switch (f) {
    GANGLION_LANES(exp)
    GANGLION_LANES(log)
    GANGLION_LANES(tanh)
    GANGLION_LANES(sigmoid)
    GANGLION_LANES(erf)
    GANGLION_LANES(silu)
    GANGLION_LANES(silu_slope)
    GANGLION_LANES(gelu)
    GANGLION_LANES(gelu_slope)
    GANGLION_LANES(gelu_tanh)
    GANGLION_LANES(gelu_tanh_slope)
  }
}

#undef GANGLION_LANES

} // namespace

} // namespace HWY_NAMESPACE

} // namespace ganglion

HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace ganglion {

namespace {

HWY_EXPORT(run_function);

} // namespace

void apply(lane_function f, const float* x, float* y, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(run_function)(f, x, y, count);
}

float apply(lane_function f, float x) {
  apply(f, &x, &x, 1);
  return x;
}

} // namespace ganglion

#endif
