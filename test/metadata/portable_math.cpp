#include <cmath>
#include <initializer_list>
#include <numbers>

#include <doctest/doctest.h>

#include "metadata/values/portable_math.hpp"

using namespace ganglion;

TEST_CASE("powers are those of repeated multiplication") {
  CHECK(power(0.9, 0) == 1);
  CHECK(power(0, 0) == 1);
  CHECK(power(3, 4) == 81);
  for (std::uint64_t n : {1, 7, 1000, 123'456})
    CHECK(power(0.999, n)
          == doctest::Approx(std::pow(0.999, n)).epsilon(1e-12));
  CHECK(power(0.999, std::uint64_t{1} << 60) == 0);
}

TEST_CASE("half a turn's cosine is exact at its ends and in the middle") {
  CHECK(half_turn_cosine(0) == 1);
  CHECK(half_turn_cosine(0.5) == 0);
  CHECK(half_turn_cosine(1) == -1);
  for (int i = 0; i <= 1000; ++i) {
    auto t = i / 1000.0;
    CHECK(std::abs(half_turn_cosine(t) - std::cos(std::numbers::pi * t))
          < 0x1p-50);
  }
}
