// What a node lets those do who only look.
// test: timeout=60 sanitizers
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include <caf/scoped_actor.hpp>

#include "actors/link/gate.hpp"
#include "actors/node/node.hpp"
#include "metadata/error.hpp"
#include "runtime/ask.hpp"
#include "runtime/hosting/system.hpp"

using namespace ganglion;

namespace {

constexpr auto limit = std::chrono::seconds{20};

/// A node, and a place from which to dial it.
struct fixture {
  fixture() {
    node_config config;
    config.name = "a";
    config.listen = {"127.0.0.1", 0};
    node = *start_node(host.get(), config);
  }

  ~fixture() {
    self->send_exit(node.handle, caf::exit_reason::user_shutdown);
  }

  /// What became of the connection: a link, or none and why.
  caf::expected<caf::actor> dial_as_observer() {
    link_config config;
    config.owner = caf::actor_cast<caf::actor>(self.ptr());
    config.self.type_table = type_table_hash();
    config.self.engine = true;
    config.self.observer = true;
    config.self.name = "test";
    dial_peer(guest.get(), node.info.address, config);
    caf::expected<caf::actor> result{caf::error{}};
    self->receive([&](link_up& x) { result = x.link; },
                  [&](link_down& x) { result = x.why; },
                  caf::after(limit) >> [] { FAIL("no answer"); });
    return result;
  }

  /// Whether a link ends within the time limit.
  bool ends(const caf::actor& link) {
    auto ended = false;
    self->receive([&](link_down& x) { ended = x.link == link; },
                  caf::after(limit) >> [] { FAIL("the link stays"); });
    return ended;
  }

  template <class Answer, class Request>
  caf::expected<Answer> ask(const caf::actor& link, Request x) {
    return await<Answer>(request_from(self.ptr(), link, limit, std::move(x)));
  }

  own_system host{1};
  own_system guest{1};
  caf::scoped_actor self{guest.get()};
  running_node node;
};

} // namespace

TEST_CASE("an observer may ask for status and for time lines") {
  fixture x;
  auto link = x.dial_as_observer();
  REQUIRE(link);
  auto status = x.ask<node_status>(*link, fetch_status{});
  REQUIRE(status);
  CHECK(status->node.name == "a");
  CHECK(status->deployments.empty());
  auto trace = x.ask<trace_report>(*link, fetch_trace{trace_command::begin});
  REQUIRE(!trace);
  CHECK(trace.error() == errc::not_found);
}

TEST_CASE("a request that only an engine may make ends an observer's link") {
  fixture x;
  auto link = x.dial_as_observer();
  REQUIRE(link);
  auto refused = x.ask<traffic_report>(*link, release{1});
  REQUIRE(!refused);
  CHECK(refused.error() == errc::node_lost);
  CHECK(explain(refused.error()) == "node 'a' closed the connection");
  CHECK(x.ends(*link));
  // The node goes on.
  auto other = x.dial_as_observer();
  REQUIRE(other);
  CHECK(x.ask<node_status>(*other, fetch_status{}));
}

TEST_CASE("a node serves a limited number of observers") {
  fixture x;
  std::vector<caf::actor> links;
  for (int i = 0; i < 16; ++i) {
    auto link = x.dial_as_observer();
    REQUIRE(link);
    CHECK(x.ask<node_status>(*link, fetch_status{}));
    links.push_back(*link);
  }
  auto late = x.dial_as_observer();
  if (late)
    CHECK(x.ends(*late));
  else
    CHECK(explain(late.error()).find("closed the connection")
          != std::string::npos);
  CHECK(x.ask<node_status>(links.back(), fetch_status{}));
}
