#include <algorithm>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "actors/kernel/products/leaves.hpp"
#include "actors/kernel/products/products.hpp"
#include "test/kernel/instruction_sets.hpp"
#include "test/kernel/noise.hpp"

using namespace ganglion;

namespace {

/// a[0] b[0] + ... + a[n - 1] b[n - 1], elements some floats apart, as
/// products.hpp defines it.
struct reference_sum {
  const float* a;
  std::size_t a_step;
  const float* b;
  std::size_t b_step;

  float leaf(std::size_t first, std::size_t count) const {
    float result = 0;
    for (auto i = first; i < first + count; ++i)
      result = std::fma(a[i * a_step], b[i * b_step], result);
    return result;
  }

  float of(const std::vector<product_leaf>& leaves, std::size_t first,
           std::size_t last) const {
    if (last - first == 1)
      return leaf(leaves[first].first, leaves[first].count);
    std::size_t half = 1;
    while (2 * half < last - first)
      half *= 2;
    return of(leaves, first, first + half) + of(leaves, first + half, last);
  }

  float of(std::size_t count, std::size_t block) const {
    leaf_list list;
    list.add(0, count, block);
    return of(list.leaves(), 0, list.leaves().size());
  }
};

struct shape {
  std::size_t rows;
  std::size_t neurons;
  std::size_t width;
  std::size_t block;
};

void check_forward(const shape& s) {
  auto x = noise(s.rows, s.width, 1);
  auto w = noise(s.neurons, s.width, 2);
  auto bias = noise(1, s.neurons, 3);
  matrix y{s.rows, s.neurons};
  product_input input{x.data(), w.data(), s.width, s.block};
  forward_product({&input, 1}, bias.data(), s.rows, s.neurons, y.data());
  std::size_t wrong = 0;
  for (std::size_t r = 0; r < s.rows; ++r)
    for (std::size_t n = 0; n < s.neurons; ++n) {
      reference_sum sum{x.row(r).data(), 1, w.row(n).data(), 1};
      auto wanted = sum.of(s.width, s.block) + bias.data()[n];
      wrong += y.row(r)[n] == wanted ? 0 : 1;
    }
  CHECK(wrong == 0);
}

/// The delta in two blocks, as a layer has it.
std::vector<delta_view> two_blocks(const shape& s, const tensor& left,
                                   const tensor& right) {
  std::vector<delta_view> result{
    {left.data(), s.rows, left.columns(), left.columns()}};
  if (right.columns() > 0)
    result.push_back({right.data(), s.rows, right.columns(), right.columns()});
  return result;
}

void check_weight_gradient(const shape& s) {
  auto x = noise(s.rows, s.width, 1);
  auto left = noise(s.rows, (s.neurons + 1) / 2, 2);
  auto right = noise(s.rows, s.neurons / 2, 3);
  auto before = noise(s.neurons, s.width + 1, 4);
  auto deltas = two_blocks(s, left, right);
  std::vector<float> plain(s.neurons * s.width);
  std::vector<float> plain_bias(s.neurons);
  auto added = before.to_vector();
  weight_gradient(deltas, x.data(), s.width, {}, plain.data());
  weight_gradient(deltas, x.data(), s.width, {.adds = true, .factor = -0.1f},
                  added.data());
  bias_gradient(deltas, {}, plain_bias.data());
  std::size_t wrong = 0;
  std::vector<float> ones(s.rows, 1.0f);
  for (std::size_t n = 0; n < s.neurons; ++n) {
    const auto& part = n < left.columns() ? left : right;
    auto column = part.data() + (n < left.columns() ? n : n - left.columns());
    for (std::size_t i = 0; i < s.width; ++i) {
      reference_sum sum{column, part.columns(), x.data() + i, s.width};
      auto wanted = sum.of(s.rows, s.rows);
      auto at = n * s.width + i;
      wrong += plain[at] == wanted ? 0 : 1;
      wrong += added[at] == std::fma(-0.1f, wanted, before.data()[at]) ? 0 : 1;
    }
    reference_sum sum{column, part.columns(), ones.data(), 1};
    wrong += plain_bias[n] == sum.of(s.rows, s.rows) ? 0 : 1;
  }
  CHECK(wrong == 0);
}

/// Of blocks that are leaves each: one tree over all.
void check_input_gradient_of_blocks(const shape& s) {
  auto block = std::min<std::size_t>(s.block, 128);
  auto d = noise(s.rows, s.neurons, 1);
  auto w = noise(s.neurons, s.width, 2);
  std::vector<delta_view> deltas;
  for (std::size_t n = 0; n < s.neurons; n += block)
    deltas.push_back(
      {d.data() + n, s.rows, std::min(block, s.neurons - n), s.neurons});
  matrix back{s.rows, s.width};
  input_product(deltas, w.data(), s.width, back.data());
  std::size_t wrong = 0;
  for (std::size_t r = 0; r < s.rows; ++r)
    for (std::size_t i = 0; i < s.width; ++i) {
      reference_sum sum{d.row(r).data(), 1, w.data() + i, s.width};
      wrong += back.row(r)[i] == sum.of(s.neurons, block) ? 0 : 1;
    }
  CHECK(wrong == 0);
}

void check_input_gradient(const shape& s) {
  auto d = noise(s.rows, s.neurons, 1);
  auto w = noise(s.neurons, s.width, 2);
  matrix back{s.rows, s.width};
  input_product({d.data(), s.rows, s.neurons, s.neurons}, w.data(), s.width,
                back.data());
  std::size_t wrong = 0;
  for (std::size_t r = 0; r < s.rows; ++r)
    for (std::size_t i = 0; i < s.width; ++i) {
      reference_sum sum{d.row(r).data(), 1, w.data() + i, s.width};
      wrong += back.row(r)[i] == sum.of(s.neurons, s.neurons) ? 0 : 1;
    }
  CHECK(wrong == 0);
}

/// Widths around those of vectors, strips and leaves.
std::vector<shape> some_shapes() {
  std::vector<shape> result{{1, 1, 1, 1},       {1, 33, 130, 128},
                            {5, 7, 9, 4},       {9, 15, 300, 16},
                            {33, 29, 257, 64},  {129, 13, 31, 31},
                            {300, 40, 65, 128}, {2, 3, 1000, 1000},
                            {200, 75, 400, 90}, {97, 140, 290, 64}};
  for (std::uint32_t i = 0; i < 30; ++i) {
    auto words = philox({i, 0, 0, 9}, key_of(1));
    result.push_back({1 + words[0] % 70, 1 + words[1] % 90, 1 + words[2] % 400,
                      1 + words[3] % 200});
  }
  return result;
}

} // namespace

TEST_CASE("each element of a product is a chain per leaf, leaves in the tree, "
          "with every instruction set") {
  with_each_instruction_set([] {
    for (const auto& s : some_shapes()) {
      INFO(s.rows, " x ", s.neurons, " x ", s.width, " / ", s.block);
      check_forward(s);
      check_weight_gradient(s);
      check_input_gradient(s);
      check_input_gradient_of_blocks(s);
    }
  });
}

TEST_CASE("the leaves of several inputs make one tree") {
  auto a = noise(3, 200, 1);
  auto b = noise(3, 50, 2);
  auto wa = noise(6, 200, 3);
  auto wb = noise(6, 50, 4);
  std::vector<float> bias(6);
  matrix y{3, 6};
  std::vector<product_input> inputs{{a.data(), wa.data(), 200, 128},
                                    {b.data(), wb.data(), 50, 50}};
  forward_product(inputs, bias.data(), 3, 6, y.data());
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t n = 0; n < 6; ++n) {
      reference_sum left{a.row(r).data(), 1, wa.row(n).data(), 1};
      reference_sum right{b.row(r).data(), 1, wb.row(n).data(), 1};
      auto wanted = left.leaf(0, 128) + left.leaf(128, 72);
      CHECK(y.row(r)[n] == wanted + right.leaf(0, 50));
    }
}

TEST_CASE("a row alone has the bits that it has among others") {
  auto x = noise(255, 700, 1);
  auto w = noise(90, 700, 2);
  std::vector<float> bias(90, 0.5f);
  matrix all{255, 90};
  product_input input{x.data(), w.data(), 700, 128};
  forward_product({&input, 1}, bias.data(), 255, 90, all.data());
  for (std::size_t first : {0, 1, 100, 254})
    for (std::size_t rows : {1, 2, 3, 7, 20}) {
      auto count = std::min<std::size_t>(rows, 255 - first);
      matrix some{count, 90};
      input.values = x.row(first).data();
      forward_product({&input, 1}, bias.data(), count, 90, some.data());
      CHECK(std::equal(some.data(), some.data() + some.size(),
                       all.row(first).data()));
    }
}

TEST_CASE("a sum over many values keeps its digits") {
  for (std::size_t width : {16, 128, 1024, 16384}) {
    auto x = noise(16, width, 1);
    auto w = noise(16, width, 2);
    std::vector<float> bias(16);
    matrix y{16, 16};
    product_input input{x.data(), w.data(), width, 128};
    forward_product({&input, 1}, bias.data(), 16, 16, y.data());
    double off = 0;
    double size = 0;
    for (std::size_t r = 0; r < 16; ++r)
      for (std::size_t n = 0; n < 16; ++n) {
        double exact = 0;
        for (std::size_t i = 0; i < width; ++i)
          exact += double{x.row(r)[i]} * double{w.row(n)[i]};
        off += std::pow(double{y.row(r)[n]} - exact, 2);
        size += std::pow(exact, 2);
      }
    INFO(width);
    CHECK(std::sqrt(off / size) < 4e-7);
  }
}
