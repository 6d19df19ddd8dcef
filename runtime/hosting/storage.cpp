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
#include "runtime/hosting/kept_steps.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "runtime/model_store/store/model_reader.hpp"

namespace ganglion {

namespace {

/// Bytes of parameters that are read at a time.
constexpr std::uint64_t piece_size = std::uint64_t{1} << 24;

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

caf::expected<model_reader> open_model_at(file_system& files, std::string path,
                                          const std::string& network_hash) {
  auto result = model_reader::open(files, std::move(path));
  if (result && result->network_hash() != network_hash)
    return make_failure(errc::not_found,
                        fmt::format("'{}' is another model here: mount the "
                                    "same share on every server",
                                    result->dir()));
  return result;
}

/// Groups of one layer without a gap, from the first on.
std::span<const group_route> first_run(const network& net,
                                       std::span<const group_route> groups) {
  auto layer_end = net.range_of(*net.layer_of(groups[0].range.first)).end();
  std::size_t i = 1;
  while (i < groups.size() && groups[i].range.first < layer_end
         && groups[i].range.first == groups[i - 1].range.end())
    ++i;
  return groups.first(i);
}

store part_of(const parameters& x, neuron_range range, std::uint64_t run,
              std::uint64_t step) {
  auto rows = [&](const tensor& y) {
    return y.rows(range.first - x.range.first, range.count);
  };
  store result{{run, step, range, rows(x.weights), {}}};
  for (const auto& array : x.state)
    result.slice.state.push_back(rows(array));
  return result;
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

  /// What one load still waits for.
  struct loading {
    std::string node;
    std::uint64_t run = 0;
    /// Of the commit.
    std::uint64_t step = 0;
    caf::response_promise promise;
    std::size_t missing = 1;

    void done() {
      if (--missing == 0)
        promise.deliver(shards_loaded{node}); // unless an error came first
    }
  };

  using loading_ptr = std::shared_ptr<loading>;

  caf::response_promise on_load(load_local& x) {
    auto answer = std::make_shared<loading>();
    answer->node = x.node;
    answer->run = x.what.run;
    answer->promise = self->make_response_promise();
    auto promise = answer->promise;
    if (auto err = load(x, answer))
      answer->promise.deliver(on_node(x.node, err));
    answer->done();
    return promise;
  }

  caf::error load(load_local& x, const loading_ptr& answer) {
    auto reader = open_model_at(*files, mapped(x.what.model.path, mappings),
                                x.what.model.network_hash);
    if (!reader)
      return reader.error();
    auto what = reader->find(x.what.commit);
    if (!what)
      return what.error();
    answer->step = what->id.step;
    auto all = x.routes->local_groups();
    std::span<const group_route> groups{all};
    while (!groups.empty()) {
      auto run = first_run(reader->net(), groups);
      if (auto err = load_run(*reader, *what, x, run, answer))
        return err;
      groups = groups.subspan(run.size());
    }
    return {};
  }

  /// Reads the parameters of neighbours together, a piece at a time.
  caf::error load_run(const model_reader& reader, const manifest& what,
                      const load_local& asked,
                      std::span<const group_route> groups,
                      const loading_ptr& answer) {
    auto wanted = asked.what.weights_only ? wanted_arrays::weights
                                          : wanted_arrays::all;
    auto layer = reader.net().layer_of(groups.front().range.first);
    auto row = reader.net().parameters_per_neuron(*layer) * sizeof(float);
    if (row == 0) {
      give_step(groups, answer);
      return {};
    }
    auto count = std::max<std::uint64_t>(piece_size / row, 1);
    auto left = range_between(groups.front().range.first,
                              groups.back().range.end());
    while (!left.empty()) {
      neuron_range piece{left.first, std::min(count, left.count)};
      auto values = reader.load_parameters(what, piece, wanted);
      if (!values)
        return values.error();
      asked.work->add();
      groups = give_piece(*values, piece, groups, answer);
      left = range_between(piece.end(), left.end());
    }
    return {};
  }

  /// Nothing is stored of groups without parameters; they learn the step.
  void give_step(std::span<const group_route> groups,
                 const loading_ptr& answer) {
    for (const auto& group : groups)
      give(group.handle, answer,
           {{answer->run,
             answer->step,
             group.range,
             matrix{group.range.count, 0}.freeze(),
             {}}});
  }

  /// To the first groups what they have in a piece; the groups that have more
  /// in the next ones.
  std::span<const group_route> give_piece(const parameters& values,
                                          neuron_range piece,
                                          std::span<const group_route> groups,
                                          const loading_ptr& answer) {
    while (!groups.empty() && groups.front().range.first < piece.end()) {
      const auto& group = groups.front();
      give(group.handle, answer,
           part_of(values, intersection(group.range, piece), answer->run,
                   answer->step));
      if (group.range.end() > piece.end())
        break;
      groups = groups.subspan(1);
    }
    return groups;
  }

  void give(const caf::actor& group, const loading_ptr& answer, store x) {
    ++answer->missing;
    request_from(self, group, group_limit, std::move(x))
      .then([answer](const stored&) { answer->done(); },
            [answer](const caf::error& why) {
              answer->promise.deliver(on_node(answer->node, why));
              answer->done();
            });
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
