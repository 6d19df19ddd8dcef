#include <algorithm>
#include <cmath>
#include <thread>

#include <doctest/doctest.h>

#include "actors/kernel/layer_math.hpp"
#include "metadata/network/blocks.hpp"
#include "test/kernel/noise.hpp"

using namespace ganglion;

namespace {

/// A step of two micro-batches and one of a single one of the neurons `range`
/// alone: outputs, parameters, and the input gradient of each block.
std::vector<tensor> train(const network& net, neuron_range range,
                          std::size_t rows) {
  auto all = net.range_of(1);
  auto model = std::make_shared<model_definition>();
  model->net = net;
  model->training.optimizer.kind = optimizer_kind::sgd;
  auto math = make_layer_math(model, 1, range);
  std::vector<tensor> result;
  for (std::uint32_t i = 0; i < 3; ++i) {
    auto state = math->forward({noise(rows, net.width_of(0), i)});
    auto gradient = noise(rows, all.count, 10 + i);
    math->backward(state,
                   gradient.columns(range.first - all.first, range.count));
    for (auto block : split_at_blocks(net, 1, range)) {
      auto back = math->input_gradient(0, block);
      result.push_back(std::move(back).freeze());
    }
    result.push_back(state.outputs);
    if (i < 2)
      math->accumulate(state, i == 0);
    if (i == 1)
      math->block().update(1);
    if (i == 2)
      math->accumulate_and_update(state, 2);
  }
  result.push_back(math->block().parameters(range));
  return result;
}

void check_split(const network& net, std::size_t rows, std::uint64_t border) {
  auto all = net.range_of(1);
  auto left = range_between(all.first, all.first + border);
  auto right = range_between(left.end(), all.end());
  auto whole = train(net, all, rows);
  std::vector<tensor> a;
  std::vector<tensor> b;
  // On fresh threads, as other workers would.
  std::thread{[&] { a = train(net, left, rows); }}.join();
  std::thread{[&] { b = train(net, right, rows); }}.join();
  auto na = split_at_blocks(net, 1, left).size();
  auto nb = split_at_blocks(net, 1, right).size();
  for (std::size_t pass = 0; pass < 3; ++pass) {
    auto at = pass * (na + nb + 1);
    for (std::size_t i = 0; i < na; ++i)
      CHECK(whole[at + i] == a[pass * (na + 1) + i]);
    for (std::size_t i = 0; i < nb; ++i)
      CHECK(whole[at + na + i] == b[pass * (nb + 1) + i]);
    CHECK(whole[at + na + nb].columns(0, border) == a[pass * (na + 1) + na]);
    CHECK(whole[at + na + nb].columns(border, all.count - border)
          == b[pass * (nb + 1) + nb]);
  }
  CHECK(whole.back().rows(0, border) == a.back());
  CHECK(whole.back().rows(border, all.count - border) == b.back());
}

} // namespace

TEST_CASE("a layer split on block borders computes the same bits as whole") {
  for (std::uint64_t width : {48, 100, 256})
    for (std::uint64_t inputs : {1, 17, 64, 300})
      for (std::size_t rows : {1, 24, 32, 33}) {
        auto net = *network::make({{.name = "in",
                                    .kind = layer_kind::input,
                                    .neurons = inputs,
                                    .inputs = {}},
                                   {.name = "out",
                                    .activation = activation_kind::gelu,
                                    .neurons = width,
                                    .inputs = {0}}});
        INFO(width, " ", inputs, " ", rows);
        auto block = net.at(1).block_size;
        check_split(net, rows, block);
        check_split(net, rows, width / block / 2 * block + block);
      }
}

TEST_CASE("single neurons compute the same bits as a layer of such blocks") {
  auto net = *network::make(
    {{.name = "in", .kind = layer_kind::input, .neurons = 9, .inputs = {}},
     {.name = "out",
      .activation = activation_kind::tanh,
      .neurons = 7,
      .block_size = 1,
      .inputs = {0}}});
  for (std::uint64_t border = 1; border < 7; ++border)
    check_split(net, 5, border);
}

TEST_CASE("a step at once has the bits of sums and an update") {
  auto net = *parse_network("mlp:70-33:tanh");
  auto all = net.range_of(1);
  auto model = std::make_shared<model_definition>();
  model->net = net;
  model->training.optimizer.kind = optimizer_kind::sgd;
  tensor found[2];
  for (auto at_once : {false, true}) {
    auto math = make_layer_math(model, 1, all);
    for (std::uint32_t step = 1; step <= 3; ++step) {
      auto state = math->forward({noise(200, 70, step)});
      math->backward(state, noise(200, 33, 10 + step));
      if (at_once) {
        math->accumulate_and_update(state, step);
        continue;
      }
      math->accumulate(state, true);
      math->block().update(step);
    }
    found[at_once] = math->block().parameters(all);
  }
  CHECK(found[0] == found[1]);
}

TEST_CASE("a bias loses no digits to the number of samples") {
  constexpr std::size_t rows = 8000;
  auto model = std::make_shared<model_definition>();
  model->net = *parse_network("mlp:1-2:identity");
  model->training.optimizer.kind = optimizer_kind::sgd;
  model->training.optimizer.learning_rate = 1;
  auto math = make_layer_math(model, 1, {1, 2});
  math->block().set_parameters(
    {1, 2}, tensor::copy_of(std::vector<float>{0, 1, 0, 1}, 2, 2));
  auto state = math->forward({noise(rows, 1, 1)});
  auto slopes = noise(rows, 2, 2);
  matrix gradient{rows, 2};
  double wanted = 1;
  for (std::size_t i = 0; i < gradient.size(); ++i)
    gradient.data()[i] = slopes.data()[i] * 1e-4f;
  for (std::size_t r = 0; r < rows; ++r)
    wanted -= double{gradient.row(r)[0]};
  math->backward(state, std::move(gradient).freeze());
  math->accumulate_and_update(state, 1);
  auto after = math->block().parameters({1, 2});
  CHECK(std::abs(double{after.row(0)[1]} - wanted) < 2e-7);
}
