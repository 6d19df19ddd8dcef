#include <algorithm>
#include <cmath>
#include <numeric>

#include <doctest/doctest.h>

#include "actors/kernel/initial_weights.hpp"
#include "actors/kernel/philox.hpp"
#include "actors/kernel/shuffle.hpp"

using namespace ganglion;

TEST_CASE("philox gives the known answers of Random123") {
  CHECK(philox({0, 0, 0, 0}, {0, 0})
        == philox_counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
               {0xffffffff, 0xffffffff})
        == philox_counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
               {0xa4093822, 0x299f31d0})
        == philox_counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a weight depends on seed, neuron and input alone") {
  std::vector<float> all(100);
  draw_weights(3, 784, 0, 0.5f, all);
  std::vector<float> some(10);
  draw_weights(3, 784, 37, 0.5f, some);
  CHECK(std::equal(some.begin(), some.end(), all.begin() + 37));
  draw_weights(3, 785, 37, 0.5f, some);
  CHECK(!std::equal(some.begin(), some.end(), all.begin() + 37));
  for (auto x : all)
    CHECK(std::abs(x) <= 0.5f);
}

TEST_CASE("a permutation holds every sample once and differs by epoch") {
  auto a = permutation(1, 0, 1000);
  auto b = permutation(1, 1, 1000);
  CHECK(a == permutation(1, 0, 1000));
  CHECK(a != b);
  std::sort(a.begin(), a.end());
  for (std::uint32_t i = 0; i < 1000; ++i)
    CHECK(a[i] == i);
  CHECK(permutation(1, 0, 0).empty());
}

TEST_CASE("normal weights have their mean and deviation, and hang on nothing") {
  std::vector<float> all(20000);
  draw_normal(3, 784, 0, 0.02f, all);
  double sum = 0;
  double squares = 0;
  std::size_t within = 0;
  for (auto x : all) {
    sum += x;
    squares += double{x} * x;
    within += std::abs(x) < 0.02f ? 1 : 0;
  }
  CHECK(std::abs(sum / 20000) < 0.0005);
  CHECK(std::abs(std::sqrt(squares / 20000) - 0.02) < 0.0005);
  // Of a normal distribution, 68.27 %.
  CHECK(std::abs(static_cast<double>(within) / 20000 - 0.6827) < 0.01);
  std::vector<float> some(10);
  draw_normal(3, 784, 37, 0.02f, some);
  CHECK(std::equal(some.begin(), some.end(), all.begin() + 37));
}

TEST_CASE("layers that add to a row begin smaller, the more there are") {
  auto net = parse_network("gpt:blocks=2,width=8,heads=2,context=4,tokens=3");
  REQUIRE(net);
  auto of = [&](const char* name) {
    return weight_deviation(*net, *net->find(name), 0.02f);
  };
  CHECK(of("embedding") == 0.02f);
  CHECK(of("block1.units") == 0.02f);
  CHECK(of("block0.output") == 0.01f);
  CHECK(of("block1.down") == 0.01f);
}
