// A share that stands still: every call to it waits. Training goes on.
#include <atomic>
#include <functional>
#include <future>
#include <memory>

#include <doctest/doctest.h>

#include "actors/node/node.hpp"
#include "distributor/request.hpp"
#include "metadata/error.hpp"
#include "runtime/data/generate.hpp"
#include "runtime/hosting/session.hpp"
#include "runtime/hosting/storage.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/training/commits.hpp"
#include "runtime/training/training.hpp"
#include "test/runtime/data_files.hpp"
#include "test/support/faulty_files.hpp"

using namespace ganglion;

namespace {

/// Between a process and a directory on a disk.
class share {
public:
  share() {
    files_->before_each([this](std::uint64_t) {
      std::unique_lock lock{mutex_};
      waiting_ += closed_ ? 1 : 0;
      changed_.notify_all();
      changed_.wait(lock, [this] { return !closed_; });
    });
  }

  void close(bool x) {
    std::lock_guard guard{mutex_};
    closed_ = x;
    waiting_ = 0;
    changed_.notify_all();
  }

  /// Until so many calls stand still.
  void await(int count) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return waiting_ >= count; });
  }

  [[nodiscard]] bool closed() {
    std::lock_guard guard{mutex_};
    return closed_;
  }

  std::shared_ptr<faulty_files> files() {
    return files_;
  }

private:
  std::unique_ptr<file_system> disk_ = make_posix_files();
  std::shared_ptr<faulty_files> files_ = std::make_shared<faulty_files>(*disk_);
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  int waiting_ = 0;
};

struct node_on {
  explicit node_on(share& where) : system(1) {
    node_config config;
    config.name = "a";
    config.listen = {"127.0.0.1", 0};
    config.make_storage = [files = where.files()](caf::actor_system& sys) {
      return spawn_storage(sys, {}, files);
    };
    auto made = start_node(system.get(), config);
    REQUIRE(made);
    node = std::move(*made);
  }

  ~node_on() {
    caf::anon_send_exit(node.handle, caf::exit_reason::user_shutdown);
    node.handle = nullptr;
  }

  own_system system;
  running_node node;
};

std::unique_ptr<session> open(const network& net, const std::string& address) {
  session_options options;
  options.net = net;
  options.nodes = address;
  options.request = *parse_request("layers");
  options.node_options.threads = 1;
  options.owner = "a test";
  auto result = session::open(options);
  REQUIRE_MESSAGE(result, (result ? "" : explain(result.error())));
  return std::move(*result);
}

model_writer make_model(file_system& files, const std::string& dir,
                        const network& net) {
  writer_options options;
  options.who = this_process("a test");
  auto result = model_writer::create(files, dir, net, options);
  REQUIRE_MESSAGE(result, (result ? "" : explain(result.error())));
  return std::move(*result);
}

/// Commits, and calls a function after every step, on the training's thread.
class observed_keeper : public step_keeper {
public:
  observed_keeper(std::shared_ptr<commits> inner,
                  std::function<void(std::uint64_t)> after_step)
    : inner_(std::move(inner)), after_step_(std::move(after_step)) {
    // nop
  }

  bool wants(const train_position& after, bool epoch_ends, bool last) override {
    return inner_->wants(after, epoch_ends, last);
  }

  void done(const step_results& results) override {
    inner_->done(results);
  }

  void when_there_is_room(std::function<void()> then) override {
    inner_->when_there_is_room(std::move(then));
  }

  caf::error check() override {
    after_step_(++steps_);
    return inner_->check();
  }

private:
  std::shared_ptr<commits> inner_;
  std::function<void(std::uint64_t)> after_step_;
  std::uint64_t steps_ = 0;
};

std::shared_ptr<commits> begin_commits(session& on, share& where,
                                       const std::string& dir,
                                       const commit_options& options,
                                       commit_observer observer = {}) {
  auto made = commits::begin({on.self()->system(), on.engine(), on.where()},
                             make_model(*where.files(), dir, on.net()), dir,
                             options, std::move(observer));
  REQUIRE_MESSAGE(made, (made ? "" : explain(made.error())));
  return *made;
}

/// Of 200 steps. From the first commit to the last step no call to the share
/// returns; counts the steps meanwhile.
std::shared_ptr<step_keeper>
closing_keeper(share& where, std::shared_ptr<commits> inner,
               const std::atomic<int>& commits_made, int& steps) {
  return std::make_shared<observed_keeper>(std::move(inner),
                                           [&](std::uint64_t step) {
                                             if (step == 6)
                                               where.close(true);
                                             steps += where.closed() ? 1 : 0;
                                             if (step == 199) {
                                               where.await(1);
                                               CHECK(commits_made <= 1);
                                               where.close(false);
                                             }
                                           });
}

} // namespace

TEST_CASE("steps go on while the share stands still, and then are committed") {
  temp_folder folder;
  auto dir = folder.at("model");
  share where;
  node_on node{where};
  auto on = open(*parse_network("mlp:6-40-33-3"), node.node.info.address);
  std::atomic<int> commits_made = 0;
  commit_options options;
  options.interval.steps = 5;
  auto made = begin_commits(*on, where, dir, options,
                            [&](const commit_report&) { ++commits_made; });
  auto data = generate({400, 6, 3}, 1);
  REQUIRE(data);
  trainer_options training;
  training.batch = 10;
  training.epochs = 5;
  int steps = 0;
  training.keeper = closing_keeper(where, made, commits_made, steps);
  auto last = train(*on, data->train, training, {});
  CHECK_MESSAGE(last, (last ? "" : explain(last.error())));
  CHECK(steps > 100);
  CHECK(made->finish() == caf::none);
  CHECK(commits_made >= 2);
  auto reader = model_reader::open(*where.files(), dir);
  REQUIRE(reader);
  auto newest = reader->newest(verification::everything);
  REQUIRE(newest);
  CHECK(newest->what.cursor.steps == last->step);
}

TEST_CASE("a share that stands still while no commit is due is spoken of") {
  temp_folder folder;
  auto dir = folder.at("model");
  share where;
  node_on node{where};
  auto on = open(*parse_network("mlp:6-40-33-3"), node.node.info.address);
  std::promise<caf::error> trouble;
  std::promise<void> over;
  commit_options options;
  options.trouble = [&](const caf::error& why) {
    if (why)
      trouble.set_value(why);
    else
      over.set_value();
  };
  auto made = begin_commits(*on, where, dir, options);
  where.close(true);
  auto why = trouble.get_future();
  auto told = why.wait_for(std::chrono::seconds{40});
  where.close(false);
  REQUIRE(told == std::future_status::ready);
  auto text = explain(why.get());
  CHECK_MESSAGE(text.find(dir) != text.npos, text);
  over.get_future().wait();
  CHECK(made->finish() == caf::none);
}
