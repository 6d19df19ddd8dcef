#include "runtime/hosting/storage.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>

#include <fmt/format.h>

#include "actors/duty.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "metadata/values/buffer_pool.hpp"
#include "runtime/hosting/kept_steps.hpp"
#include "runtime/hosting/share_reader.hpp"
#include "runtime/model_store/store/layout.hpp"

namespace ganglion {

namespace {

/// Pieces of a load that are read and not yet in their groups: a disk may be
/// faster than they are, and a node's memory holds no second share.
constexpr std::size_t most_pieces = 3;

/// Time for a group to take what was read.
constexpr auto group_limit = std::chrono::seconds{60};

caf::error on_node(const std::string& node, const caf::error& why) {
  auto details = details_of(why);
  details.text = fmt::format("node '{}': {}", node, details.text);
  details.nodes = {node};
  auto code = why.category() == caf::type_id_v<errc>
                ? static_cast<errc>(why.code())
                : errc::system;
  return make_failure(code, std::move(details));
}

} // namespace

struct storage_state;

using storage_actor = caf::stateful_actor<storage_state>;

struct storage_state {
  storage_state(storage_actor* ptr, std::vector<path_mapping> where,
                std::shared_ptr<file_system> on)
    : self(ptr), mappings(std::move(where)), files(std::move(on)), kept(files) {
    // The node hears of it, and ends, too.
    when_it_throws(self, [](const caf::error&) {});
  }

  caf::behavior make_behavior() {
    return {
      [this](open_local& x) { return on_open(x); },
      [this](close_local x) { kept.end(x.run); },
      [this](load_local& x) { return on_load(x); },
      [this](snapshot& x) { on_snapshot(x); },
    };
  }

private:
  caf::result<store_opened> on_open(open_local& x) {
    x.what.model.path = mapped(x.what.model.path, mappings);
    if (auto err = check_open(x.what))
      return on_node(x.node, err);
    store_opened answer{x.node};
    kept.begin(std::move(x));
    return answer;
  }

  caf::error check_open(const open_store& x) {
    const auto& dir = x.model.path;
    auto reader = open_model_at(*files, dir, x.model.network_hash);
    if (!reader)
      return reader.error();
    auto lease = files->open(layout::lease_path(dir, x.fence));
    if (!lease)
      return make_failure(errc::not_found,
                          fmt::format("'{}' has no lease with fence {}: mount "
                                      "the same share on every server ({})",
                                      dir, x.fence, explain(lease.error())));
    // Makes and removes a file: says whether there can be any.
    auto writable = list_fresh(*files, layout::shards(dir),
                               freshness::required);
    return writable ? caf::error{} : writable.error();
  }

  void on_snapshot(snapshot& x) {
    auto done = kept.add(x);
    if (!done)
      return;
    const auto& target = kept.target();
    if (done->why)
      done->report.failure = details_of(on_node(target.node, done->why));
    done->report.node = target.self;
    send_to(self, target.engine, std::move(done->report));
  }

  /// A load that is under way.
  struct loading {
    share_reader from;
    std::string node;
    std::shared_ptr<work_meter> work;
    caf::response_promise answer;
    /// Parts that groups have not answered for.
    std::size_t under_way = 0;
    bool failed = false;

    void fail(const caf::error& why) {
      if (!std::exchange(failed, true))
        answer.deliver(on_node(node, why));
    }
  };

  using loading_ptr = std::shared_ptr<loading>;

  caf::response_promise on_load(load_local& x) {
    auto answer = self->make_response_promise();
    auto from = share_reader::open(*files, mapped(x.what.model.path, mappings),
                                   x);
    if (!from)
      answer.deliver(on_node(x.node, from.error()));
    else
      go_on(std::make_shared<loading>(
        loading{std::move(*from), x.node, x.work, answer}));
    return answer;
  }

  /// Reads until enough is under way.
  void go_on(const loading_ptr& x) {
    while (!x->failed && !x->from.done() && x->under_way < most_pieces) {
      auto parts = x->from.read();
      if (!parts)
        return x->fail(parts.error());
      x->work->add();
      for (auto& part : *parts)
        give(x, std::move(part));
    }
    if (x->failed || x->under_way > 0)
      return;
    // Nobody needs any of that size again.
    drop_pooled_buffers();
    x->answer.deliver(shards_loaded{x->node});
  }

  void give(const loading_ptr& x, share_reader::part part) {
    ++x->under_way;
    request_from(self, part.group, group_limit, std::move(part.what))
      .then(
        [this, x](const stored&) {
          --x->under_way;
          go_on(x);
        },
        [x](const caf::error& why) { x->fail(why); });
  }

  storage_actor* self;
  std::vector<path_mapping> mappings;
  std::shared_ptr<file_system> files;
  kept_steps kept;

public:
  static inline const char* name = "ganglion.storage";
};

caf::actor spawn_storage(caf::actor_system& sys,
                         std::vector<path_mapping> mappings,
                         std::shared_ptr<file_system> files) {
  return sys.spawn<storage_actor, caf::detached>(std::move(mappings),
                                                 std::move(files));
}

} // namespace ganglion
