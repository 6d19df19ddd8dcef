#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <doctest/doctest.h>

#include "metadata/values/exact_sum.hpp"

using namespace ganglion;

namespace {

double sum_of(std::initializer_list<double> numbers) {
  exact_sum result;
  for (auto x : numbers)
    result.add(x);
  return result.value();
}

} // namespace

TEST_CASE(
  "a sum is rounded once, to the nearest and a tie to the even number") {
  constexpr auto tiny = std::numeric_limits<double>::denorm_min();
  CHECK(sum_of({}) == 0);
  CHECK(sum_of({0, 0}) == 0);
  CHECK(sum_of({0x1p53, 1, 1}) == 0x1p53 + 2);
  CHECK(sum_of({1, 0x1p-53}) == 1);
  CHECK(sum_of({1, 0x1p-53, tiny}) == 1 + 0x1p-52);
  CHECK(sum_of({1 + 0x1p-52, 0x1p-53}) == 1 + 0x1p-51);
  CHECK(sum_of({tiny, tiny}) == 2 * tiny);
  CHECK(sum_of({0x1p1000, 0x1p1000}) == 0x1p1001);
  CHECK(std::isinf(sum_of({0x1p1023, 0x1p1023})));
}

TEST_CASE("what is not finite, or negative, makes a sum no number") {
  constexpr auto infinite = std::numeric_limits<double>::infinity();
  for (auto x : {std::nan(""), infinite, -infinite, -1.0}) {
    exact_sum part;
    part.add(x);
    exact_sum all;
    all.add(1);
    all.add(part);
    CHECK(std::isnan(all.value()));
  }
}

TEST_CASE("neither order nor grouping changes a bit of a sum") {
  std::mt19937_64 random{7};
  std::vector<double> numbers(1000);
  for (auto& x : numbers)
    x = std::ldexp(static_cast<double>(random() >> 11),
                   static_cast<int>(random() % 600) - 350);
  exact_sum wanted;
  for (auto x : numbers)
    wanted.add(x);
  for (auto parts : {1, 2, 7, 400}) {
    std::shuffle(numbers.begin(), numbers.end(), random);
    std::vector<exact_sum> sums(static_cast<std::size_t>(parts));
    for (auto x : numbers)
      sums[random() % sums.size()].add(x);
    exact_sum all;
    for (const auto& x : sums)
      all.add(x);
    CHECK(all.value() == wanted.value());
  }
}
