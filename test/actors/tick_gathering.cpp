#include <doctest/doctest.h>

#include "actors/tick_gathering.hpp"
#include "metadata/error.hpp"

using namespace ganglion;

namespace {

/// Neurons 10 to 19: groups 10-11 and 14 are here; 12-13, 16 and 18 come from
/// other nodes.
tick_routes routes() {
  tick_routes result;
  result.own = {{10, 2}, {14, 1}};
  result.out = {{{{10, 1}, {14, 1}}, 2, nullptr}};
  result.in = {{{{12, 2}, {18, 1}}, 3, nullptr}, {{{16, 1}}, 1, nullptr}};
  return result;
}

tensor row(std::vector<float> values) {
  auto columns = values.size();
  return tensor::copy_of(values, 1, columns);
}

} // namespace

TEST_CASE("a tick is there when all groups and all nodes have told theirs") {
  auto from = routes();
  tick_gathering x{{10, 10}, 1, from};
  CHECK(!x.add_others({12, 3}, row({2, 3, 8})));
  CHECK(!x.add_own({14, 1}, row({4})));
  CHECK(!x.own_complete());
  CHECK(!x.add_own({10, 2}, row({0, 1})));
  CHECK(x.own_complete());
  CHECK(!x.complete());
  CHECK(x.values_of(from.out.front()) == row({0, 4}));
  CHECK(!x.add_others({16, 1}, row({6})));
  REQUIRE(x.complete());
  auto all = x.finish();
  for (auto column : {0, 1, 2, 3, 4, 6, 8})
    CHECK(all.row(0)[column] == static_cast<float>(column));
}

TEST_CASE("what does not fit a tick is an error that names the neurons") {
  auto from = routes();
  tick_gathering x{{10, 10}, 1, from};
  CHECK(!x.add_own({10, 2}, row({0, 1})));
  CHECK(x.add_own({10, 2}, row({0, 1})));
  CHECK(x.add_own({10, 1}, row({0})));
  CHECK(x.add_own({12, 1}, row({0})));
  CHECK(x.add_own({14, 1}, row({0, 1})));
  CHECK(x.add_own({14, 1}, tensor::copy_of(std::vector<float>{1, 2}, 2, 1)));
  CHECK(x.add_others({12, 2}, row({2, 3})));
  CHECK(x.add_others({12, 3}, row({2, 3})));
  CHECK(x.add_others({13, 1}, row({3})));
  CHECK(!x.add_others({16, 1}, row({6})));
  auto twice = x.add_others({16, 1}, row({6}));
  CHECK(details_of(twice).ranges == std::vector{neuron_range{16, 1}});
  CHECK(!x.complete());
}
