// test: timeout=120
// A deployment ends, and the engine that had it goes on.
#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include <caf/scoped_actor.hpp>

#include "distributor/distribute.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/ask.hpp"
#include "runtime/engine/engine.hpp"
#include "runtime/hosting/hosted_node.hpp"
#include "runtime/hosting/system.hpp"
#include "test/runtime/ramps.hpp"

using namespace ganglion;

namespace {

/// Three nodes, each in a system of its own, and an engine beside them.
struct engine_fixture {
  engine_fixture() : here(1), self(here.get()) {
    for (auto name : {"a", "b", "c"})
      start(name, "");
    engine = spawn_engine(here.get(), "a test");
  }

  ~engine_fixture() {
    self->send_exit(engine, caf::exit_reason::user_shutdown);
  }

  void start(const std::string& name, const std::string& drill) {
    auto& system = systems.emplace_back(std::make_unique<own_system>(1));
    hosted_node_options options;
    options.name = name;
    options.drill = drill;
    auto node = hosted_node::start(system->get(), options);
    REQUIRE_MESSAGE(node, (node ? "" : explain(node.error())));
    nodes.push_back(std::make_unique<hosted_node>(std::move(*node)));
  }

  caf::expected<cluster_view> connect_to(std::vector<std::size_t> which) {
    connect x;
    for (auto i : which)
      x.addresses.push_back(nodes[i]->info().address);
    return ask<cluster_view>(self, engine, std::move(x));
  }

  caf::expected<deployment_info> deploy_on(const cluster_view& view) {
    auto net = *parse_network("mlp:6-32-3");
    auto where = distribute(net, view, *parse_request("layers"));
    REQUIRE_MESSAGE(where, (where ? "" : explain(where.error())));
    return ask<deployment_info>(self, engine, deploy_network{net, *where});
  }

  caf::expected<step_report> train() {
    return ask<step_report>(self, engine,
                            train_step{ramp(20, 6), classes(20, 3)});
  }

  own_system here;
  caf::scoped_actor self;
  std::vector<std::unique_ptr<own_system>> systems;
  std::vector<std::unique_ptr<hosted_node>> nodes;
  engine_actor engine;
};

/// Trains until that fails: the error.
caf::error train_to_the_end(engine_fixture& f) {
  for (;;) // ends with the node, or with the test's time
    if (auto step = f.train(); !step)
      return step.error();
}

} // namespace

TEST_CASE("an engine that lost a node deploys again over the others") {
  engine_fixture f;
  auto view = f.connect_to({0, 1, 2});
  REQUIRE(view);
  REQUIRE(f.deploy_on(*view));
  REQUIRE(f.train());
  f.nodes[1].reset();
  auto why = train_to_the_end(f);
  CHECK(explain(why).find("'b'") != std::string::npos);
  // What is asked of the deployment that ended gets the same error.
  auto late = ask<traffic_summary>(f.self, f.engine, get_traffic{});
  REQUIRE(!late);
  CHECK(explain(late.error()) == explain(why));
  auto left = f.connect_to({0, 2});
  REQUIRE_MESSAGE(left, (left ? "" : explain(left.error())));
  CHECK(left->nodes.size() == 2);
  auto again = f.deploy_on(*left);
  REQUIRE_MESSAGE(again, (again ? "" : explain(again.error())));
  CHECK(f.train());
}

TEST_CASE("an actor that fails ends the deployment, not its node") {
  engine_fixture f;
  f.start("d", "group:throw@7");
  auto view = f.connect_to({0, 3});
  REQUIRE(view);
  REQUIRE(f.deploy_on(*view));
  auto why = train_to_the_end(f);
  CHECK(explain(why).find("node 'd'") != std::string::npos);
  CHECK(explain(why).find("a drill") != std::string::npos);
  CHECK(explain(why).find("of layer") != std::string::npos);
  REQUIRE(f.deploy_on(*view));
  CHECK(f.train());
}

TEST_CASE("a node that cannot be found leaves those that were") {
  engine_fixture f;
  REQUIRE(f.connect_to({0, 1}));
  connect more{{f.nodes[0]->info().address, "127.0.0.1:1"}};
  auto none = ask<cluster_view>(f.self, f.engine, more);
  REQUIRE(!none);
  CHECK(explain(none.error()).find("127.0.0.1:1") != std::string::npos);
  auto view = f.connect_to({0, 2});
  REQUIRE_MESSAGE(view, (view ? "" : explain(view.error())));
  REQUIRE(f.deploy_on(*view));
  CHECK(f.train());
}

TEST_CASE("a network that memory does not hold is refused, and no node hurt") {
  engine_fixture f;
  auto view = f.connect_to({0, 1, 2});
  REQUIRE(view);
  auto net = *parse_network("mlp:1000-100000000-1000");
  auto where = distribute(net, *view, *parse_request("layers"));
  REQUIRE(where);
  auto large = ask<deployment_info>(f.self, f.engine,
                                    deploy_network{net, *where});
  REQUIRE(!large);
  CHECK(explain(large.error()).find("would need") != std::string::npos);
  REQUIRE(f.deploy_on(*view));
  CHECK(f.train());
}
