// test: timeout=120
#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "distributor/request.hpp"
#include "metadata/error.hpp"
#include "runtime/engine/engine.hpp"
#include "runtime/hosting/session.hpp"
#include "test/runtime/ramps.hpp"

using namespace ganglion;

namespace {

constexpr std::size_t sample_count = 255;
constexpr std::size_t sample_width = 70;

std::unique_ptr<session> open_invariant(const std::string& nodes,
                                        const std::string& by) {
  session_options options;
  options.net = *parse_network("mlp:70-90-norm-300-pool2-40-7:gelu");
  options.nodes = nodes;
  options.request = *parse_request(by);
  options.node_options.threads = 1;
  options.owner = "a test";
  auto on = session::open(options);
  REQUIRE_MESSAGE(on, (on ? "" : explain(on.error())));
  return std::move(*on);
}

tensor answers(session& on, const tensor& samples) {
  auto result = on.ask<inference>(infer{samples});
  REQUIRE(result);
  return result->outputs;
}

} // namespace

TEST_CASE("a sample is answered to the same bits alone and among others, "
          "wherever neurons live") {
  auto samples = ramp(sample_count, sample_width);
  auto wanted = answers(*open_invariant("inside:1", "percentage=100"), samples);
  std::mt19937 draw{17};
  for (const auto& where : {std::pair{"inside:1", "percentage=100"},
                            {"inside:2", "layers"},
                            {"inside:5", "percentage=10,30,20,35,5"}}) {
    INFO(where.first, " ", where.second);
    auto on = open_invariant(where.first, where.second);
    CHECK(answers(*on, samples) == wanted);
    for (int i = 0; i < 40; ++i) {
      auto first = draw() % sample_count;
      auto count = 1 + (i % 2 == 0 ? 0 : draw() % (sample_count - first));
      INFO(first, " and ", count - 1, " more");
      CHECK(answers(*on, samples.rows(first, count))
            == wanted.rows(first, count));
    }
  }
}
