// What is made of exp on lanes: sigmoid, tanh, SiLU and its slope. Compiled
// once for each instruction set, to the same bits; see exponential-inl.hpp.
#if defined(GANGLION_SIGMOID_INL) == defined(HWY_TARGET_TOGGLE)
#  ifdef GANGLION_SIGMOID_INL
#    undef GANGLION_SIGMOID_INL
#  else
#    define GANGLION_SIGMOID_INL
#  endif

#  include <hwy/highway.h>

#  include "actors/kernel/functions/exponential-inl.hpp"

HWY_BEFORE_NAMESPACE();

namespace ganglion {

namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// 1 / (1 + e^-x), or e^x / (1 + e^x) below 0, so that nothing overflows.
template <class D, class V>
HWY_INLINE V sigmoid_of(D d, V x) {
  auto one = hn::Set(d, 1.0f);
  auto e = exp_of(d, hn::Neg(hn::Abs(x)));
  auto above = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one);
  return unless_nan(d, x, hn::Div(above, hn::Add(one, e)));
}

/// Near 0 a polynomial of Moshier's Cephes (tanhf.c), else 1 - 2 / (e^2|x| +
/// 1), with the sign of x.
template <class D, class V>
HWY_INLINE V tanh_of(D d, V x) {
  static constexpr float series[] = {-5.70498872745e-3f, 2.06390887954e-2f,
                                     -5.37397155531e-2f, 1.33314422036e-1f,
                                     -3.33332819422e-1f};
  auto one = hn::Set(d, 1.0f);
  auto size = hn::Abs(x);
  auto z = hn::Mul(x, x);
  auto near = hn::MulAdd(hn::Mul(polynomial(d, z, series), z), x, x);
  auto e = exp_of(d, hn::Add(size, size));
  auto far = hn::Sub(one, hn::Div(hn::Set(d, 2.0f), hn::Add(e, one)));
  auto result = hn::IfThenElse(hn::Lt(size, hn::Set(d, 0.625f)), near,
                               hn::CopySign(far, x));
  return unless_nan(d, x, result);
}

template <class D, class V>
HWY_INLINE V silu_of(D d, V x) {
  // e^x is 0 where x is no longer finite, and so is the product.
  auto result = hn::Mul(x, sigmoid_of(d, x));
  auto ended = hn::Lt(x, hn::Set(d, -std::numeric_limits<float>::max()));
  return unless_nan(d, x, hn::IfThenZeroElse(ended, result));
}

/// s (1 + x (1 - s)), s the sigmoid; 1 - s as the sigmoid of -x.
template <class D, class V>
HWY_INLINE V silu_slope_of(D d, V x) {
  auto one = hn::Set(d, 1.0f);
  auto s = sigmoid_of(d, x);
  auto other = sigmoid_of(d, hn::Neg(x));
  auto result = hn::Mul(s, hn::MulAdd(x, other, one));
  auto ended = hn::Gt(hn::Abs(x), hn::Set(d, 200.0f));
  auto limit = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d), one);
  return unless_nan(d, x, hn::IfThenElse(ended, limit, result));
}

} // namespace HWY_NAMESPACE

} // namespace ganglion

HWY_AFTER_NAMESPACE();

#endif
