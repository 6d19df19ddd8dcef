// The error function on lanes, and what is made of it: GELU in both forms, and
// its slope. Compiled once for each instruction set, to the same bits; see
// exponential-inl.hpp.
#if defined(GANGLION_ERROR_INL) == defined(HWY_TARGET_TOGGLE)
#  ifdef GANGLION_ERROR_INL
#    undef GANGLION_ERROR_INL
#  else
#    define GANGLION_ERROR_INL
#  endif

#  include <numbers>

#  include <hwy/highway.h>

#  include "actors/kernel/functions/sigmoid-inl.hpp"

HWY_BEFORE_NAMESPACE();

namespace ganglion {

namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Two polynomials by N. Juffa: x + x P(x^2) up to 475/512, beyond it 1 - e^Q.
template <class D, class V>
HWY_INLINE V erf_of(D d, V x) {
  static constexpr float inner[] = {-0x1.38e000p-11f, 0x1.471a58p-8f,
                                    -0x1.b691b2p-6f,  0x1.ce1c44p-4f,
                                    -0x1.812700p-2f,  0x1.06eba8p-3f};
  static constexpr float outer[] = {
    -1.72853470e-5f, 3.83197126e-4f,  -3.88396438e-3f, 2.42546219e-2f,
    -1.06777877e-1f, -6.34846687e-1f, -1.28717512e-1f};
  auto size = hn::Abs(x);
  auto near = hn::MulAdd(polynomial(d, hn::Mul(x, x), inner), x, x);
  // Where it is 1 in any case, so that no power of a large number is taken.
  auto bounded = hn::IfThenElse(hn::Lt(size, hn::Set(d, 4.0f)), size,
                                hn::Set(d, 4.0f));
  auto q = hn::MulAdd(polynomial(d, bounded, outer), bounded, hn::Neg(bounded));
  auto far = hn::Sub(hn::Set(d, 1.0f), exp_of(d, q));
  auto result = hn::IfThenElse(hn::Le(size, hn::Set(d, 0.927734375f)), near,
                               far);
  return unless_nan(d, x, hn::CopySign(result, x));
}

/// The share of the normal distribution below x.
template <class D, class V>
HWY_INLINE V normal_share_of(D d, V x) {
  constexpr auto inv_sqrt2 = std::numbers::sqrt2_v<float> / 2;
  auto half = hn::Set(d, 0.5f);
  return hn::MulAdd(half, erf_of(d, hn::Mul(x, hn::Set(d, inv_sqrt2))), half);
}

/// Beyond it the slope of GELU is 0 or 1, and no x times e^-x^2/2 is needed.
template <class D>
HWY_INLINE auto last_slope(D d) {
  return hn::Set(d, 16.0f);
}

template <class D, class V>
HWY_INLINE V gelu_of(D d, V x) {
  auto result = hn::Mul(x, normal_share_of(d, x));
  auto ended = hn::Lt(x, hn::Neg(last_slope(d)));
  return unless_nan(d, x, hn::IfThenZeroElse(ended, result));
}

template <class D, class V>
HWY_INLINE V gelu_slope_of(D d, V x) {
  constexpr auto inv_sqrt_2pi
    = std::numbers::inv_sqrtpi_v<float> * (std::numbers::sqrt2_v<float> / 2);
  auto ended = hn::Gt(hn::Abs(x), last_slope(d));
  auto inside = hn::IfThenZeroElse(ended, x);
  auto exponent = hn::Mul(hn::Mul(hn::Set(d, -0.5f), inside), inside);
  auto density = hn::Mul(hn::Set(d, inv_sqrt_2pi), exp_of(d, exponent));
  auto result = hn::MulAdd(inside, density, normal_share_of(d, x));
  return unless_nan(d, x, result);
}

/// x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), as BERT and GPT-2 have
/// it, written as x times a sigmoid of twice that.
template <class D, class V>
HWY_INLINE V gelu_tanh_of(D d, V x) {
  constexpr auto twice = 2 * 0.79788456080286536f;
  auto ended = hn::Gt(hn::Abs(x), last_slope(d));
  auto inside = hn::IfThenZeroElse(ended, x);
  auto cube = hn::MulAdd(hn::Mul(hn::Mul(inside, inside), inside),
                         hn::Set(d, 0.044715f), inside);
  auto share = sigmoid_of(d, hn::Mul(hn::Set(d, twice), cube));
  auto limit = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d), x);
  auto result = hn::IfThenElse(ended, limit, hn::Mul(x, share));
  return unless_nan(d, x, result);
}

/// s + x s (1 - s) u', s the sigmoid of u, which is that of gelu_tanh_of.
template <class D, class V>
HWY_INLINE V gelu_tanh_slope_of(D d, V x) {
  constexpr auto twice = 2 * 0.79788456080286536f;
  auto ended = hn::Gt(hn::Abs(x), last_slope(d));
  auto inside = hn::IfThenZeroElse(ended, x);
  auto square = hn::Mul(inside, inside);
  auto cube = hn::MulAdd(hn::Mul(square, inside), hn::Set(d, 0.044715f),
                         inside);
  auto u = hn::Mul(hn::Set(d, twice), cube);
  auto rise = hn::MulAdd(hn::Set(d, twice * 3 * 0.044715f), square,
                         hn::Set(d, twice));
  auto s = sigmoid_of(d, u);
  auto spread = hn::Mul(s, sigmoid_of(d, hn::Neg(u)));
  auto result = hn::MulAdd(hn::Mul(inside, spread), rise, s);
  auto limit = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d),
                              hn::Set(d, 1.0f));
  return unless_nan(d, x, hn::IfThenElse(ended, limit, result));
}

} // namespace HWY_NAMESPACE

} // namespace ganglion

HWY_AFTER_NAMESPACE();

#endif
