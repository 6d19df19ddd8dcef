// test: timeout=120
#include <doctest/doctest.h>

#include "distributor/plan.hpp"
#include "test/runtime/wired_networks.hpp"

using namespace ganglion;

namespace {

std::uint64_t sent_between_nodes(session& on) {
  auto traffic = on.ask<traffic_summary>(get_traffic{});
  REQUIRE(traffic);
  return traffic->between_nodes;
}

} // namespace

TEST_CASE("the bytes of ticks at the sockets are those of the plan") {
  for (const auto& net : {looped(), chain()}) {
    for (std::uint64_t group_size : {0, 3}) {
      auto on = open_wired(
        wired_options(net, "inside:3", "count=13,5,rest", group_size));
      plan_options options;
      options.batch = 5;
      options.group_size = group_size;
      options.ticks = 50;
      auto costs = make_plan(on->net(), on->nodes().view(), on->where(),
                             options);
      REQUIRE(costs);
      auto before = sent_between_nodes(*on);
      for (int i = 0; i < 10; ++i)
        fire(*on, 50);
      auto ratio = static_cast<double>(sent_between_nodes(*on) - before)
                   / static_cast<double>(10 * inference_bytes(*costs, 5));
      CAPTURE(ratio);
      CHECK(ratio > 0.95);
      CHECK(ratio < 1.05);
    }
  }
}

TEST_CASE(
  "a node gets of a tick what is read there, and answers are the same") {
  for (std::uint64_t group_size : {0, 3}) {
    auto on = open_wired(
      wired_options(chain(), "inside:3", "count=13,5,rest", group_size));
    check_answers(fire(*on, 50).outputs, reference(*on, 50));
  }
}
