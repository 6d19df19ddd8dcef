// test: timeout=120
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <vector>

#include <doctest/doctest.h>

#include "actors/kernel/functions/functions.hpp"
#include "test/kernel/instruction_sets.hpp"

using namespace ganglion;

namespace {

using real = long double;

constexpr auto endless = std::numeric_limits<float>::infinity();

real sigmoid_ref(real x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}

real share_ref(real x) {
  return std::erfc(-x / std::numbers::sqrt2_v<real>) / 2;
}

real slope_ref(real x) {
  return share_ref(x)
         + x * std::exp(-x * x / 2)
             * std::numbers::inv_sqrtpi_v<real> / std::numbers::sqrt2_v<real>;
}

real silu_slope_ref(real x) {
  return sigmoid_ref(x) * (1 + x * sigmoid_ref(-x));
}

real gelu_tanh_ref(real x) {
  auto inner = std::sqrt(2 * std::numbers::inv_pi_v<real>)
               * (x + 0.044715L * x * x * x);
  return x * sigmoid_ref(2 * inner);
}

real gelu_tanh_slope_ref(real x) {
  auto twice = 2 * std::sqrt(2 * std::numbers::inv_pi_v<real>);
  auto u = twice * (x + 0.044715L * x * x * x);
  auto s = sigmoid_ref(u);
  return s + x * s * sigmoid_ref(-u) * twice * (1 + 3 * 0.044715L * x * x);
}

enum class unit { result, argument, one };

/// A function, what it should be, and the largest error that functions.hpp
/// states, in units in the last place of what.
struct claim {
  lane_function function;
  real (*reference)(real);
  double ulps;
  unit of;
  /// Of the infinities.
  float at_minus;
  float at_plus;
};

const claim claims[] = {
  {lane_function::exp, [](real x) { return std::exp(x); }, 1.1, unit::result, 0,
   endless},
  {lane_function::log, [](real x) { return std::log(x); }, 1, unit::result,
   std::numeric_limits<float>::quiet_NaN(), endless},
  {lane_function::tanh, [](real x) { return std::tanh(x); }, 1.5, unit::result,
   -1, 1},
  {lane_function::sigmoid, &sigmoid_ref, 2.5, unit::result, 0, 1},
  {lane_function::erf, [](real x) { return std::erf(x); }, 1, unit::result, -1,
   1},
  {lane_function::silu, [](real x) { return x * sigmoid_ref(x); }, 2,
   unit::argument, 0, endless},
  {lane_function::silu_slope, &silu_slope_ref, 2, unit::one, 0, 1},
  {lane_function::gelu, [](real x) { return x * share_ref(x); }, 2,
   unit::argument, 0, endless},
  {lane_function::gelu_slope, &slope_ref, 2, unit::one, 0, 1},
  {lane_function::gelu_tanh, &gelu_tanh_ref, 2, unit::argument, 0, endless},
  {lane_function::gelu_tanh_slope, &gelu_tanh_slope_ref, 4, unit::one, 0, 1},
};

/// Of a float of that size; of the smallest where it is denormal.
real ulp_of(real x) {
  auto size = std::fabs(x);
  if (size < std::numeric_limits<float>::min())
    return 0x1p-149L;
  int exponent = 0;
  std::frexp(size, &exponent);
  return std::ldexp(real{1}, exponent - 24);
}

/// Of every exponent and both signs.
std::vector<float> floats_of_all_sizes() {
  std::vector<float> result;
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += 8171)
    result.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  for (auto x : {0.0f, -0.0f, 1.0f, -1.0f, 88.7228394f, -103.972084f, 0x1p-149f,
                 endless, -endless})
    result.push_back(x);
  return result;
}

std::vector<float> apply_all(lane_function f, const std::vector<float>& x) {
  std::vector<float> result(x.size());
  apply(f, x.data(), result.data(), x.size());
  return result;
}

bool equal_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

/// How far y is from f(x), in units of the claim; 0 where both are the same
/// number that is not finite, or NaN.
real error_of(const claim& c, float x, float y) {
  auto wanted = c.reference(x);
  if (std::isnan(wanted))
    return std::bit_cast<std::uint32_t>(y) == 0x7fc00000 ? 0 : 1000;
  auto rounded = static_cast<float>(wanted);
  if (std::isinf(rounded) || std::isinf(y))
    return rounded == y ? 0 : 1000;
  auto of = c.of == unit::one ? real{1} : c.of == unit::result ? wanted : x;
  return std::fabs(y - wanted) / ulp_of(of);
}

} // namespace

TEST_CASE("functions are as close as they claim, over all floats") {
  auto x = floats_of_all_sizes();
  for (const auto& c : claims) {
    auto y = apply_all(c.function, x);
    real worst = 0;
    float where = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (std::isinf(x[i]))
        continue;
      auto error = error_of(c, x[i], y[i]);
      if (error > worst) {
        worst = error;
        where = x[i];
      }
    }
    INFO("function ", static_cast<int>(c.function), " at ", where);
    CHECK(static_cast<double>(worst) <= c.ulps);
  }
}

TEST_CASE("infinities, NaN and zeros are as IEEE 754 has them") {
  constexpr auto nan = std::numeric_limits<float>::quiet_NaN();
  for (const auto& c : claims) {
    INFO(static_cast<int>(c.function));
    for (auto x : {nan, -nan})
      CHECK(std::bit_cast<std::uint32_t>(apply(c.function, x)) == 0x7fc00000);
    if (std::isnan(c.at_minus))
      CHECK(std::isnan(apply(c.function, -endless)));
    else
      CHECK(apply(c.function, -endless) == c.at_minus);
    CHECK(apply(c.function, endless) == c.at_plus);
  }
  CHECK(apply(lane_function::exp, 0) == 1);
  CHECK(apply(lane_function::log, 1) == 0);
  CHECK(apply(lane_function::log, -0.0f) == -endless);
  for (auto f : {lane_function::tanh, lane_function::erf})
    CHECK(std::signbit(apply(f, -0.0f)));
}

TEST_CASE("an element's bits depend on neither its place nor the instruction "
          "set") {
  auto x = floats_of_all_sizes();
  for (const auto& c : claims) {
    auto wanted = apply_all(c.function, x);
    with_each_instruction_set(
      [&] { CHECK(equal_bits(apply_all(c.function, x), wanted)); });
    for (std::size_t i = 0; i < x.size(); i += 997) {
      CHECK(std::bit_cast<std::uint32_t>(apply(c.function, x[i]))
            == std::bit_cast<std::uint32_t>(wanted[i]));
    }
  }
}
