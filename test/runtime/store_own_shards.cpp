// Each node reads, and verifies, the shards of its own neurons and no others.
#include <algorithm>
#include <array>

#include <doctest/doctest.h>

#include "actors/node/node.hpp"
#include "distributor/request.hpp"
#include "runtime/hosting/session.hpp"
#include "runtime/hosting/storage.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "test/runtime/store_models.hpp"

using namespace ganglion;

namespace {

/// A node that sees the disk through a log of its own.
struct logged_node {
  logged_node(const std::string& name, std::shared_ptr<memory_disk> disk)
    : inner(std::move(disk)), system(1) {
    node_config config;
    config.name = name;
    config.listen = {"127.0.0.1", 0};
    config.make_storage = [log = log](caf::actor_system& sys) {
      return spawn_storage(sys, {}, log);
    };
    auto made = start_node(system.get(), config);
    REQUIRE(outcome_of(made) == "no error");
    node = std::move(*made);
  }

  ~logged_node() {
    caf::anon_send_exit(node.handle, caf::exit_reason::user_shutdown);
    node.handle = nullptr;
  }

  /// Names of the shards that were opened, each once.
  [[nodiscard]] std::vector<std::string> opened() const {
    auto prefix = "open " + layout::shards(model_dir) + "/";
    std::vector<std::string> result;
    for (const auto& call : log->log())
      if (call.starts_with(prefix))
        result.push_back(call.substr(prefix.size()));
    std::ranges::sort(result);
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
  }

  memory_files inner;
  std::shared_ptr<faulty_files> log = std::make_shared<faulty_files>(inner);
  own_system system;
  running_node node;
};

/// The small model, whose layers are on a node each.
struct two_nodes {
  two_nodes() : writer(store.create()), what(store.commit(writer, 7)) {
    session_options options;
    options.net = small_network();
    options.nodes = a.node.info.address + "," + b.node.info.address;
    options.request = *parse_request("layers=a:1,b:2", false, "");
    // It keeps no arrays, and the commit's are not read.
    options.training.optimizer.kind = optimizer_kind::sgd;
    options.owner = "a test";
    auto result = session::open(options);
    REQUIRE(outcome_of(result) == "no error");
    on = std::move(*result);
  }

  caf::expected<commit_loaded> load() {
    model_place place{model_dir, writer.reader().network_hash()};
    return on->ask<commit_loaded>(load_commit{place, what.id, true});
  }

  [[nodiscard]] std::string path(std::size_t shard) const {
    return layout::shard_path(model_dir, what.shards[shard].name);
  }

  void damage(std::size_t shard) {
    auto content = store.disk->content(path(shard));
    content[shard_header::size + 5] ^= 1;
    store.disk->damage(path(shard), content);
  }

  memory_process store;
  model_writer writer;
  manifest what;
  logged_node a{"a", store.disk};
  logged_node b{"b", store.disk};
  std::unique_ptr<session> on;
};

} // namespace

TEST_CASE("a node opens the shards of its own neurons alone") {
  two_nodes x;
  REQUIRE(outcome_of(x.load()) == "no error");
  CHECK(x.a.opened() == std::vector{x.what.shards[0].name});
  CHECK(x.b.opened() == std::vector{x.what.shards[1].name});
  for (auto range : two_shards) {
    auto values = x.on->ask<parameters>(get_parameters{range});
    REQUIRE(outcome_of(values) == "no error");
    CHECK(same(*values, values_of(small_network(), 7, range, 1)));
  }
}

TEST_CASE("only the node that needs a shard says that it is damaged") {
  two_nodes x;
  x.damage(1);
  auto loaded = x.load();
  CHECK(loaded.error() == errc::bad_model);
  auto text = outcome_of(loaded);
  CAPTURE(text);
  CHECK(text.starts_with("node 'b': shard '" + x.path(1)));
  CHECK(contains(text, "damaged at offset 4096: "));
  CHECK(contains(text, "; restore it or take another commit"));
  CHECK(x.a.opened() == std::vector{x.what.shards[0].name});
}

TEST_CASE(
  "a shard that is missing is damage, a commit that was pruned is not") {
  two_nodes x;
  x.store.disk->lose(x.path(0));
  SUBCASE("a shard") {
    auto loaded = x.load();
    CHECK(loaded.error() == errc::bad_model);
    CHECK(outcome_of(loaded).starts_with("node 'a': "));
    CHECK(contains(outcome_of(loaded), x.path(0)));
  }
  SUBCASE("the commit") {
    x.store.disk->lose(layout::manifest_path(model_dir, x.what.id));
    CHECK(x.load().error() == errc::not_found);
  }
}
