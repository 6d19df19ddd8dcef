#include "runtime/watching/observer.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "actors/link/gate.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/ask.hpp"

namespace ganglion {

namespace {

using clock = std::chrono::steady_clock;

/// Time to connect and greet, for all nodes together.
constexpr auto greeting_limit = std::chrono::seconds{8};

/// Nodes that are dialled, whoever names them.
constexpr std::size_t max_dialled = 1024;

/// What an answer says must hold together, whoever sent it.
caf::error check(const node_status& x) {
  for (const auto& y : x.deployments) {
    if (auto err = check(y.net, y.cluster, y.where))
      return err;
    for (const auto& z : y.layers)
      if (z.layer > y.net.layers().size())
        return make_failure(errc::protocol,
                            fmt::format("node '{}' speaks of a layer that its "
                                        "network does not have",
                                        x.node.name));
  }
  return {};
}

} // namespace

observer::observer(std::vector<std::string> addresses)
  : system_(1), self_(system_.get()) {
  for (const auto& x : addresses)
    add(x);
}

observer::~observer() {
  for (const auto& x : nodes_)
    if (x.link)
      self_->send_exit(x.link, caf::exit_reason::user_shutdown);
}

void observer::add(const std::string& address) {
  auto known = [&](const known_node& x) { return x.address == address; };
  if (nodes_.size() < max_dialled && !address.empty()
      && std::none_of(nodes_.begin(), nodes_.end(), known))
    nodes_.push_back({address, {}, {}, 0, {}});
}

void observer::drop(const caf::actor& link, const caf::error& why) {
  for (auto& x : nodes_)
    if (x.link == link) {
      x.link = nullptr;
      x.why = why;
    }
}

std::set<std::string> observer::dial() {
  link_config config;
  config.owner = caf::actor_cast<caf::actor>(self_.ptr());
  config.self.type_table = type_table_hash();
  config.self.engine = true;
  config.self.observer = true;
  config.self.name = "status";
  std::set<std::string> pending;
  for (const auto& x : nodes_)
    if (!x.link && x.incarnation == 0) {
      pending.insert(x.address);
      dial_peer(system_.get(), x.address, config);
    }
  return pending;
}

void observer::connect() {
  auto pending = dial();
  auto end = clock::now() + greeting_limit;
  auto late = false;
  auto on_up = [&](link_up& x) {
    pending.erase(x.dialled);
    take(x);
  };
  auto on_down = [&](const link_down& x) {
    pending.erase(x.dialled);
    take(x);
  };
  // Also takes what came since the last look.
  do {
    auto left = pending.empty()
                  ? clock::duration{0}
                  : std::max(end - clock::now(), clock::duration{0});
    late = false;
    self_->receive(
      on_up, on_down, caf::after(left) >> [&] { late = true; });
  } while (!late);
  for (auto& x : nodes_)
    if (pending.contains(x.address))
      x.why = make_failure(errc::unreachable,
                           fmt::format("what listens at {} does not answer "
                                       "like a node: is it 'ganglion node'?",
                                       x.address));
}

void observer::take(link_up& x) {
  auto i = std::find_if(nodes_.begin(), nodes_.end(),
                        [&](const auto& y) { return y.address == x.dialled; });
  i->name = x.peer.name;
  i->incarnation = x.peer.incarnation;
  i->link = std::move(x.link);
  i->why = {};
}

void observer::take(const link_down& x) {
  if (x.link)
    drop(x.link, x.why);
  for (auto& y : nodes_)
    if (y.address == x.dialled && !y.link)
      y.why = x.why;
}

/// Whether there are nodes of which this one did not know.
bool observer::learn(const node_status& status) {
  auto before = nodes_.size();
  auto add_new = [&](const node_info& x) {
    auto same = [&](const known_node& y) {
      return y.incarnation == x.incarnation;
    };
    if (std::none_of(nodes_.begin(), nodes_.end(), same))
      add(x.address);
  };
  for (const auto& x : status.peers)
    add_new(x);
  for (const auto& x : status.deployments)
    for (const auto& y : x.cluster.nodes)
      add_new(y);
  return nodes_.size() > before;
}

caf::error observer::no_answer(const std::string& address,
                               const caf::error& why) {
  // What became of it comes after its link has told those who asked.
  if (why == caf::sec::request_receiver_down)
    return make_failure(errc::node_lost,
                        fmt::format("the node at {} was lost: it ended, or "
                                    "closed the connection",
                                    address));
  if (why != caf::sec::request_timeout)
    return why;
  return make_failure(errc::unreachable,
                      fmt::format("the node at {} does not answer: it hangs, "
                                  "or its machine is overloaded",
                                  address));
}

std::vector<observation> observer::ask_all() {
  using handle = decltype(request_from(self_.ptr(), caf::actor{}, answer_limit,
                                       fetch_status{}));
  std::vector<std::optional<handle>> asked;
  for (const auto& x : nodes_)
    asked.push_back(x.link ? std::optional{request_from(
                      self_.ptr(), x.link, answer_limit, fetch_status{})}
                           : std::nullopt);
  std::vector<observation> result;
  std::set<std::uint64_t> seen;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto& x = nodes_[i];
    observation next{x.address, x.why};
    if (asked[i]) {
      next.status = await<node_status>(std::move(*asked[i]));
      if (!next.status)
        next.status = no_answer(x.address, next.status.error());
      else if (auto err = check(*next.status))
        next.status = err;
    }
    // One node may be known under two addresses.
    if (!next.status || seen.insert(x.incarnation).second)
      result.push_back(std::move(next));
  }
  return result;
}

std::vector<observation> observer::look() {
  // A node that was lost may be there again, as another.
  for (auto& x : nodes_)
    if (!x.link)
      x.incarnation = 0;
  for (;;) {
    connect();
    auto result = ask_all();
    auto more = false;
    for (const auto& x : result)
      if (x.status)
        more = learn(*x.status) || more;
    if (!more)
      return result;
  }
}

} // namespace ganglion
