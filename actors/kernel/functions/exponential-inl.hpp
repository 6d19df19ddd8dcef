// exp and log on lanes, float32. Compiled once for each instruction set, to the
// same bits: additions, multiplications, divisions and fused multiply-adds as
// they are written, no approximate instruction. Largest errors stand in
// functions.hpp.
#if defined(GANGLION_EXPONENTIAL_INL) == defined(HWY_TARGET_TOGGLE)
#  ifdef GANGLION_EXPONENTIAL_INL
#    undef GANGLION_EXPONENTIAL_INL
#  else
#    define GANGLION_EXPONENTIAL_INL
#  endif

#  include <cstddef>
#  include <cstdint>
#  include <limits>

#  include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();

namespace ganglion {

namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// The polynomial whose highest coefficient comes first.
template <class D, class V, std::size_t N>
HWY_INLINE V polynomial(D d, V x, const float (&coefficients)[N]) {
  auto result = hn::Set(d, coefficients[0]);
#  pragma GCC unroll 16
  for (std::size_t i = 1; i < N; ++i)
    result = hn::MulAdd(result, x, hn::Set(d, coefficients[i]));
  return result;
}

/// `result`, or the one NaN where x is NaN.
template <class D, class V>
HWY_INLINE V unless_nan(D d, V x, V result) {
  constexpr auto nan = std::numeric_limits<float>::quiet_NaN();
  return hn::IfThenElse(hn::Eq(x, x), result, hn::Set(d, nan));
}

/// 2^n for whole n from -126 to 127.
template <class D, class N>
HWY_INLINE hn::Vec<D> power_of_two(D d, N n) {
  const hn::RebindToSigned<D> whole;
  return hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(n, hn::Set(whole, 127))));
}

/// x = n ln 2 + r; e^r by its series, |r| <= ln 2 / 2, where the first term
/// left out is a tenth of an ulp; then twice half of n, as 2^n alone may be no
/// number while the result is.
template <class D, class V>
HWY_INLINE V exp_of(D d, V x) {
  static constexpr float series[] = {1.0f / 5040, 1.0f / 720, 1.0f / 120,
                                     1.0f / 24,   1.0f / 6,   0.5f};
  const hn::RebindToSigned<D> whole;
  auto high = hn::Set(d, 88.7228394f);
  auto low = hn::Set(d, -103.972084f);
  auto in_range = hn::And(hn::Le(x, high), hn::Ge(x, low));
  auto t = hn::IfThenElseZero(in_range, x);
  // Adding it rounds to a whole number, which then stands in the last bits.
  auto rounder = hn::Set(d, 0x1.8p23f);
  auto shifted = hn::MulAdd(t, hn::Set(d, 0x1.715476p0f), rounder);
  auto n = hn::Sub(hn::BitCast(whole, shifted), hn::BitCast(whole, rounder));
  auto count = hn::Sub(shifted, rounder);
  auto r = hn::NegMulAdd(count, hn::Set(d, 0x1.62e4p-1f), t);
  r = hn::NegMulAdd(count, hn::Set(d, 0x1.7f7d1cp-20f), r);
  auto rest = hn::MulAdd(polynomial(d, r, series), hn::Mul(r, r), r);
  auto result = hn::Add(hn::Set(d, 1.0f), rest);
  auto half = hn::ShiftRight<1>(n);
  result = hn::Mul(hn::Mul(result, power_of_two(d, half)),
                   power_of_two(d, hn::Sub(n, half)));
  auto infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  result = hn::IfThenElse(hn::Gt(x, high), infinity, result);
  result = hn::IfThenZeroElse(hn::Lt(x, low), result);
  return unless_nan(d, x, result);
}

/// `result`, the logarithm, but for arguments that have no mantissa.
template <class D, class V>
HWY_INLINE V log_at_ends(D d, V x, V result) {
  constexpr auto endless = std::numeric_limits<float>::infinity();
  constexpr auto nan = std::numeric_limits<float>::quiet_NaN();
  auto zero = hn::Zero(d);
  result = hn::IfThenElse(hn::Eq(x, zero), hn::Set(d, -endless), result);
  result = hn::IfThenElse(hn::Eq(x, hn::Set(d, endless)), x, result);
  result = hn::IfThenElse(hn::Lt(x, zero), hn::Set(d, nan), result);
  return unless_nan(d, x, result);
}

/// x = 2^n (1 + f), 1 + f from sqrt(1/2) to sqrt(2); log(1 + f) as FreeBSD's
/// logf has it (e_logf.c): with s = f / (2 + f), f - f^2/2 + s (f^2/2 + R).
template <class D, class V>
HWY_INLINE V log_of(D d, V x) {
  static constexpr float series[] = {0xf89e26.0p-26f, 0x91e9ee.0p-25f,
                                     0xccce13.0p-25f, 0xaaaaaa.0p-24f};
  const hn::RebindToSigned<D> whole;
  auto tiny = hn::Lt(x, hn::Set(d, std::numeric_limits<float>::min()));
  auto normal = hn::IfThenElse(tiny, hn::Mul(x, hn::Set(d, 0x1p25f)), x);
  auto bits = hn::BitCast(whole, normal);
  // So that the exponent changes at sqrt(1/2).
  auto offset = hn::Set(whole, 0x3f800000 - 0x3f3504f3);
  auto moved = hn::Add(bits, offset);
  auto n = hn::Sub(hn::ShiftRight<23>(moved), hn::Set(whole, 127));
  auto mantissa = hn::Add(hn::And(moved, hn::Set(whole, 0x007fffff)),
                          hn::Set(whole, 0x3f3504f3));
  auto count = hn::Sub(hn::ConvertTo(d, n),
                       hn::IfThenElseZero(tiny, hn::Set(d, 25.0f)));
  auto f = hn::Sub(hn::BitCast(d, mantissa), hn::Set(d, 1.0f));
  auto s = hn::Div(f, hn::Add(hn::Set(d, 2.0f), f));
  auto z = hn::Mul(s, s);
  auto rest = hn::Mul(z, polynomial(d, z, series));
  auto half = hn::Mul(hn::Mul(hn::Set(d, 0.5f), f), f);
  auto low = hn::MulAdd(s, hn::Add(half, rest),
                        hn::Mul(count, hn::Set(d, 9.0580006145e-06f)));
  auto result = hn::Add(hn::Sub(low, half), f);
  result = hn::MulAdd(count, hn::Set(d, 6.9313812256e-01f), result);
  return log_at_ends(d, x, result);
}

} // namespace HWY_NAMESPACE

} // namespace ganglion

HWY_AFTER_NAMESPACE();

#endif
