// test: timeout=120
// Ganglion inside a host application: its own configuration, its own types,
// several deployments in its one actor system.
#include "runtime/hosting/cluster.hpp"

#include <unistd.h>

#include <csignal>

#include <doctest/doctest.h>

#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/scoped_actor.hpp>

#include "actors/link/socket.hpp"
#include "distributor/distribute.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/values/sha256.hpp"
#include "runtime/ask.hpp"
#include "runtime/hosting/hosted_node.hpp"
#include "runtime/hosting/stop_signal.hpp"
#include "runtime/hosting/system.hpp"
#include "test/runtime/ramps.hpp"

namespace {

/// What the host's own actors talk about.
struct question {
  std::uint32_t sample = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, question& x) {
    return f.object(x).fields(f.field("sample", x.sample));
  }
};

} // namespace

CAF_BEGIN_TYPE_ID_BLOCK(host, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(host, (question))

CAF_END_TYPE_ID_BLOCK(host)

using namespace ganglion;

namespace {

class host_config : public caf::actor_system_config {
public:
  explicit host_config(std::uint32_t threads) {
    caf::init_global_meta_objects<caf::id_block::host>();
    opt_group{custom_options_, "host"}.add(greeting, "greeting", "a text");
    set("caf.scheduler.policy", "sharing");
    configure(*this, threads);
  }

  std::string greeting = "hello";
};

engine_actor put(cluster& on, const network& net, const std::string& by) {
  auto where = distribute(net, on.view(), *parse_request(by));
  REQUIRE_MESSAGE(where, (where ? "" : explain(where.error())));
  auto engine = on.deploy({net, *where});
  REQUIRE_MESSAGE(engine, (engine ? "" : explain(engine.error())));
  return *engine;
}

std::string hash_of(caf::scoped_actor& self, const engine_actor& engine) {
  auto digests = ask<weight_digests>(self, engine, get_digests{});
  REQUIRE(digests);
  return to_hex(sha256(std::as_bytes(std::span{digests->weights})));
}

/// An actor of the host that asks an engine, with a message of its own.
caf::behavior asker(caf::event_based_actor* self, engine_actor engine) {
  return {
    [=](const question& x) {
      auto promise = self->make_response_promise();
      request_from(self, engine, caf::infinite, infer{ramp(x.sample + 1, 6)})
        .then([=](const inference& y) mutable {
          promise.deliver(static_cast<std::uint32_t>(y.outputs.rows()));
        });
      return promise;
    },
  };
}

} // namespace

TEST_CASE("a host keeps its configuration, its options and its types") {
  host_config config{2};
  caf::actor_system sys{config};
  CHECK(threads_of(sys) == 2);
  CHECK(caf::get_or(content(config), "caf.scheduler.policy", std::string{})
        == "sharing");
  auto nodes = cluster::start(sys, "inside:1");
  REQUIRE_MESSAGE(nodes, (nodes ? "" : explain(nodes.error())));
  CHECK(nodes->view().nodes.size() == 1);
  CHECK(nodes->view().nodes[0].threads == 2);
  auto engine = put(*nodes, *parse_network("mlp:6-32-3"), "layers");
  caf::scoped_actor self{sys};
  auto rows = ask<std::uint32_t>(self, sys.spawn(asker, engine), question{4});
  REQUIRE_MESSAGE(rows, (rows ? "" : explain(rows.error())));
  CHECK(*rows == 5);
}

TEST_CASE("several deployments in one actor system train side by side") {
  host_config config{1};
  caf::actor_system sys{config};
  caf::scoped_actor self{sys};
  auto net = *parse_network("mlp:6-64-3");
  std::vector<cluster> clusters;
  std::vector<engine_actor> engines;
  for (auto nodes : {"inside:1", "inside:2", "inside:1"}) {
    auto started = cluster::start(sys, nodes);
    REQUIRE_MESSAGE(started, (started ? "" : explain(started.error())));
    clusters.push_back(std::move(*started));
    engines.push_back(put(clusters.back(), net, "layers"));
  }
  for (int i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 2; ++j)
      REQUIRE(ask<step_report>(self, engines[j],
                               train_step{ramp(20, 6), classes(20, 3)}));
  CHECK(hash_of(self, engines[0]) == hash_of(self, engines[1]));
  CHECK(hash_of(self, engines[0]) != hash_of(self, engines[2]));
  clusters.pop_back();
  CHECK(ask<step_report>(self, engines[0],
                         train_step{ramp(20, 6), classes(20, 3)}));
}

TEST_CASE("two programs share running nodes, one after the other") {
  host_config config{1};
  caf::actor_system sys{config};
  caf::scoped_actor self{sys};
  auto net = *parse_network("mlp:6-32-3");
  // One node: of several, one might get the guest's request only after the
  // stop.
  auto owner = cluster::start(sys, "inside:1", {}, "the first one");
  REQUIRE(owner);
  auto engine = put(*owner, net, "layers");
  std::vector<std::string> addresses;
  for (const auto& x : owner->view().nodes)
    addresses.push_back(x.address);
  auto guest = cluster::join(sys, addresses, "a guest");
  REQUIRE_MESSAGE(guest, (guest ? "" : explain(guest.error())));
  auto where = *distribute(net, guest->view(), {by_layers{}});
  auto refused = guest->deploy({net, where});
  REQUIRE(!refused);
  CHECK(refused.error() == errc::busy);
  CHECK(explain(refused.error()).find("the first one") != std::string::npos);
  REQUIRE(ask<traffic_summary>(self, engine, stop{}));
  auto next = cluster::join(sys, addresses);
  REQUIRE(next);
  CHECK(next->deploy({net, where}));
}

TEST_CASE("a program is a node, and uses one, in one actor system") {
  host_config config{1};
  caf::actor_system sys{config};
  caf::scoped_actor self{sys};
  own_system other{1};
  auto elsewhere = hosted_node::start(other.get(), {.name = "b"});
  REQUIRE(elsewhere);
  CHECK(elsewhere->info().threads == 1);
  std::optional<hosted_node> here;
  if (auto node = hosted_node::start(sys, {.name = "a"}))
    here.emplace(std::move(*node));
  REQUIRE(here);
  CHECK(*here->join(elsewhere->info().address) == "b");
  CHECK(here->join("127.0.0.1:1").error() == errc::unreachable);
  auto nodes = cluster::join(sys,
                             {here->info().address, elsewhere->info().address});
  REQUIRE(nodes);
  auto engine = put(*nodes, *parse_network("mlp:6-32-3"), "layers");
  CHECK(
    ask<step_report>(self, engine, train_step{ramp(20, 6), classes(20, 3)}));
  // Where a node goes, what is deployed on it ends.
  here.reset();
  CHECK_FALSE(
    ask<step_report>(self, engine, train_step{ramp(20, 6), classes(20, 3)}));
}

TEST_CASE("a node that nobody should reach is not offered") {
  host_config config{1};
  caf::actor_system sys{config};
  auto open = hosted_node::start(sys, {.name = "a", .listen = "0.0.0.0:0"});
  REQUIRE(!open);
  CHECK(explain(open.error()).find("insecure") != std::string::npos);
  auto nameless = hosted_node::start(sys, {});
  REQUIRE(!nameless);
  CHECK(explain(nameless.error()).find("name") != std::string::npos);
}

TEST_CASE("what a node is given is checked before it listens") {
  host_config config{1};
  caf::actor_system sys{config};
  auto error_of = [&](const hosted_node_options& x) {
    auto node = hosted_node::start(sys, x);
    REQUIRE_FALSE(node);
    return node.error();
  };
  CHECK(error_of({.name = "a b"}) == errc::bad_argument);
  CHECK(error_of({.name = "a\xff"}) == errc::bad_argument);
  CHECK(error_of({.name = "a", .advertise = "nowhere"}) == errc::bad_argument);
  CHECK(error_of({.name = "a", .shares = {"/no/such/folder"}})
        == errc::not_found);
  CHECK(cluster::start(sys, "inside:1", {}, "own\xff").error()
        == errc::bad_argument);
}

TEST_CASE("an engine whose run was stopped can deploy another network") {
  host_config config{1};
  caf::actor_system sys{config};
  caf::scoped_actor self{sys};
  auto nodes = cluster::start(sys, "inside:2");
  REQUIRE(nodes);
  auto engine = put(*nodes, *parse_network("mlp:6-32-3"), "layers");
  auto net = *parse_network("mlp:4-16-2");
  auto where = *distribute(net, nodes->view(), {by_layers{}});
  auto twice = nodes->deploy({net, where});
  REQUIRE(!twice);
  CHECK(explain(twice.error()).find("send stop first") != std::string::npos);
  REQUIRE(ask<traffic_summary>(self, engine, stop{}));
  CHECK(nodes->deploy({net, where}));
  auto answer = ask<inference>(self, engine, infer{ramp(3, 4)});
  REQUIRE(answer);
  CHECK(answer->outputs.columns() == 2);
}

TEST_CASE("what cannot be started or joined says what to do") {
  host_config config{1};
  caf::actor_system sys{config};
  auto processes = cluster::start(sys, "local:2");
  REQUIRE(!processes);
  CHECK(explain(processes.error()).find("say with which program")
        != std::string::npos);
  auto text = cluster::start(sys, "everywhere");
  REQUIRE(!text);
  CHECK(text.error() == errc::bad_argument);
  auto nobody = cluster::join(sys, {"127.0.0.1:1"});
  REQUIRE(!nobody);
  CHECK(nobody.error() == errc::unreachable);
  CHECK(explain(nobody.error()).find("127.0.0.1:1") != std::string::npos);
}

TEST_CASE("who waits for a node that says nothing can be interrupted") {
  auto silent = listen_at({"127.0.0.1", 0});
  REQUIRE(silent);
  stop_signal stop;
  host_config cfg{1};
  caf::actor_system sys{cfg};
  node_set_options options;
  options.stop = &stop;
  ::kill(::getpid(), SIGINT);
  auto nodes = cluster::start(
    sys, "127.0.0.1:" + std::to_string(port_of(*silent)), options);
  REQUIRE(!nodes);
  CHECK_MESSAGE(nodes.error() == errc::cancelled, explain(nodes.error()));
  ::close(*silent);
}
