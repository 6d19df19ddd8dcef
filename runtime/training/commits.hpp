// Commits what a training keeps, beside it: decides which steps, and on a
// thread of its own waits for the nodes' shards, commits, and looks now and
// then whether the lease is still ours. Used by the training's thread; the
// actor system and the file system outlive it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "runtime/engine/engine.hpp"
#include "runtime/model_store/store/model_writer.hpp"
#include "runtime/training/trainer_messages.hpp"

namespace ganglion {

/// How often a training commits. The last step always is.
struct commit_interval {
  /// 0: not by steps; at the end of each epoch where `time` is none either.
  std::uint64_t steps = 0;
  std::optional<std::chrono::duration<double>> time;
};

/// "100" steps, "30s" or "0.5s".
caf::expected<commit_interval> parse_interval(std::string_view text);

/// Called on the thread that commits, when it cannot look after its lease: with
/// what is wrong, and with no error once that is over. The training goes on.
using trouble_observer = std::function<void(const caf::error&)>;

struct commit_options {
  commit_interval interval;
  trouble_observer trouble;
  /// Of every commit, but for the position.
  training_cursor cursor;
  training_options training;
  /// See open_model.
  bool any_values = false;
  /// After each commit, older ones than the newest so many go, except for the
  /// best by validation and what is newer than that; 0: none go.
  std::uint64_t keep = 0;
};

/// A commit that was made.
struct commit_report {
  manifest what;
  std::uint64_t bytes = 0;
  /// Since the training had done the step.
  std::chrono::duration<double> time{};
};

/// Called on the thread that commits.
using commit_observer = std::function<void(const commit_report&)>;

/// The training that is committed: an engine and what is deployed on it.
struct commit_source {
  /// Outlives the commits.
  caf::actor_system& system;
  engine_actor engine;
  placement where;
};

/// What a commit says of its training, so that it can be resumed; `--resume`
/// finds the data by `data_name` and checks them.
training_cursor cursor_of(const dataset& data, std::string data_name,
                          const trainer_options& options,
                          std::uint32_t micro_batches);

class commits : public step_keeper {
public:
  /// Tells the nodes of the model, and begins. Errors: of the nodes that cannot
  /// write to it. `path`: as the nodes see the model.
  static caf::expected<std::shared_ptr<commits>>
  begin(const commit_source& from, model_writer writer, const std::string& path,
        commit_options options, commit_observer observer = {});

  ~commits() override;
  commits(const commits&) = delete;
  commits& operator=(const commits&) = delete;

  /// While a commit is under way, what is due waits for the first step after
  /// it, but the last step does not.
  bool wants(const train_position& after, bool epoch_ends, bool last) override;

  void done(const step_results& results) override;

  void when_there_is_room(std::function<void()> then) override;

  caf::error check() override;

  /// Waits for all commits. The first error: lost_lease, or why one failed.
  caf::error finish();

private:
  using clock = std::chrono::steady_clock;

  struct step {
    step_results results;
    clock::time_point time;
  };

  commits(commit_source from, model_writer writer, commit_options options,
          commit_observer observer);

  [[nodiscard]] bool is_due(const train_position& after, bool epoch_ends) const;
  void work();
  /// Something wrong with the model, or none any more.
  void tell(caf::error trouble);
  /// What a call to the share answers; tells if that takes long.
  template <class F>
  auto ask_share(F what);
  caf::error look_after_lease();
  caf::error commit(caf::scoped_actor& self, const step& x);
  [[nodiscard]] commit_draft draft_of(const step_results& x) const;

  commit_source from_;
  model_writer writer_;
  commit_options options_;
  commit_observer observer_;
  bool overdue_ = false;
  clock::time_point last_ = clock::now();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<step> queue_;
  /// Steps that were wanted and are not committed.
  std::uint64_t under_way_ = 0;
  bool ending_ = false;
  /// Waits for room.
  std::function<void()> waiting_;
  caf::error failure_;
  /// What is wrong with the model, as far as that was told.
  caf::error trouble_;
  std::thread thread_;
};

} // namespace ganglion
