#include "metadata/placement/placement.hpp"

#include <doctest/doctest.h>

#include "metadata/error.hpp"
#include "metadata/network/blocks.hpp"

using namespace ganglion;

namespace {

network example() {
  return *parse_network("mlp:784-256-128-10");
}

std::string failure(std::vector<assignment> assignments) {
  auto made = placement::make(example(), {"a", "b"}, std::move(assignments));
  return made ? "" : explain(made.error());
}

} // namespace

TEST_CASE("the neurons with weights of 784-256-128-10 are 784 to 1177") {
  auto net = example();
  CHECK(net.placeable_count() == 394);
  CHECK(net.range_of(1).first == 784);
  CHECK(net.neuron_count() == 1178);
}

TEST_CASE("a placement is cut at layer borders and merged within them") {
  auto made = placement::make(
    example(), {"a", "b"}, {{{784, 100}, 0}, {{884, 200}, 0}, {{1084, 94}, 1}});
  REQUIRE(made);
  REQUIRE(made->ranges().size() == 4);
  CHECK(made->ranges()[0] == placed_range{{784, 256}, 1, 0});
  CHECK(made->ranges()[1] == placed_range{{1040, 44}, 2, 0});
  CHECK(made->ranges()[2] == placed_range{{1084, 84}, 2, 1});
  CHECK(made->ranges()[3] == placed_range{{1168, 10}, 3, 1});
  CHECK(*made->node_of(1083) == 0);
  CHECK(*made->node_of(1084) == 1);
  CHECK(!made->node_of(783));
  CHECK(!on_block_borders(example(), *made));
}

TEST_CASE("every missing and every doubled range is named") {
  CHECK(failure({{{784, 16}, 0}, {{802, 8}, 1}, {{805, 373}, 0}})
        == "neurons placed on no node: 800-801; neurons placed more than "
           "once: 805-809: place each neuron with weights exactly once");
  CHECK(
    failure({{{785, 393}, 0}}).starts_with("neurons placed on no node: 784"));
  CHECK(
    failure({{{784, 393}, 0}}).starts_with("neurons placed on no node: 1177"));
}

TEST_CASE("inputs, unknown neurons and unknown nodes cannot be placed") {
  CHECK(failure({{{0, 1178}, 0}}).starts_with("neurons 0-783 are inputs"));
  CHECK(failure({{{784, 395}, 0}})
        == "neurons 784-1178 go past the last neuron, 1177");
  CHECK(failure({{{784, 394}, 2}})
          .starts_with("neurons 784-1177 are placed on node number 2"));
}

TEST_CASE("the loss lives with most of the output layer") {
  auto made = placement::make(example(), {"a", "b"},
                              {{{784, 388}, 0}, {{1172, 6}, 1}});
  REQUIRE(made);
  CHECK(*loss_node(example(), *made) == 1);
}
