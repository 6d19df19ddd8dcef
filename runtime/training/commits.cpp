#include "runtime/training/commits.hpp"

#include <charconv>
#include <cmath>
#include <future>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/ask.hpp"

namespace ganglion {

namespace {

/// How often a training looks whether another has taken over.
constexpr auto lease_interval = std::chrono::seconds{1};

/// Time for a look into a directory, or for a few small files.
constexpr auto share_patience = std::chrono::seconds{5};

caf::error lost(const caf::error& why) {
  return make_failure(errc::lost_lease, "lost lease: " + explain(why));
}

} // namespace

caf::expected<commit_interval> parse_interval(std::string_view text) {
  commit_interval result;
  auto last = text.data() + text.size();
  if (text.ends_with('s')) {
    double seconds = 0;
    auto [end, code] = std::from_chars(text.data(), --last, seconds);
    result.time = std::chrono::duration<double>{seconds};
    if (code == std::errc{} && end == last && std::isfinite(seconds)
        && seconds >= 0)
      return result;
  } else {
    auto [end, code] = std::from_chars(text.data(), last, result.steps);
    if (code == std::errc{} && end == last && result.steps > 0)
      return result;
  }
  return make_failure(errc::bad_argument,
                      fmt::format("--commit-every '{}': give a number of "
                                  "steps, such as 200, or seconds, such as 30s",
                                  printable(text)));
}

training_cursor cursor_of(const dataset& data, std::string data_name,
                          const trainer_options& options,
                          std::uint32_t micro_batches) {
  training_cursor result;
  result.seed = options.seed;
  result.batch = options.batch;
  result.micro_batches = micro_batches;
  result.data_name = std::move(data_name);
  result.data_fingerprint = fingerprint(data);
  return result;
}

commits::commits(commit_source from, model_writer writer,
                 commit_options options, commit_observer observer)
  : from_(std::move(from)),
    writer_(std::move(writer)),
    options_(std::move(options)),
    observer_(std::move(observer)) {
  // nop
}

caf::expected<std::shared_ptr<commits>>
commits::begin(const commit_source& from, model_writer writer,
               const std::string& path, commit_options options,
               commit_observer observer) {
  model_place place{path, writer.reader().network_hash()};
  caf::scoped_actor self{from.system};
  auto opened = ask<model_opened>(
    self, from.engine, open_model{place, writer.fence(), options.any_values});
  if (!opened)
    return opened.error();
  std::shared_ptr<commits> result{new commits{
    from, std::move(writer), std::move(options), std::move(observer)}};
  result->thread_ = std::thread{[x = result.get()] { x->work(); }};
  return result;
}

commits::~commits() {
  // Whoever wanted to know has asked.
  static_cast<void>(finish());
}

bool commits::is_due(const train_position& after, bool epoch_ends) const {
  const auto& every = options_.interval;
  if (every.time)
    return clock::now() - last_ >= *every.time;
  return every.steps > 0 ? after.steps % every.steps == 0 : epoch_ends;
}

bool commits::wants(const train_position& after, bool epoch_ends, bool last) {
  std::lock_guard guard{mutex_};
  overdue_ = overdue_ || is_due(after, epoch_ends);
  if (!last && (!overdue_ || under_way_ > 0))
    return false;
  overdue_ = false;
  last_ = clock::now();
  ++under_way_;
  return true;
}

void commits::done(const step_results& results) {
  std::lock_guard guard{mutex_};
  queue_.push_back({results, clock::now()});
  changed_.notify_all();
}

void commits::when_there_is_room(std::function<void()> then) {
  {
    std::lock_guard guard{mutex_};
    if (under_way_ > 1 && !failure_) {
      waiting_ = std::move(then);
      return;
    }
  }
  then();
}

caf::error commits::check() {
  std::lock_guard guard{mutex_};
  return failure_;
}

caf::error commits::finish() {
  {
    std::lock_guard guard{mutex_};
    ending_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable())
    thread_.join();
  return failure_;
}

void commits::work() {
  caf::scoped_actor self{from_.system};
  std::unique_lock lock{mutex_};
  while (!failure_ && !(ending_ && queue_.empty())) {
    changed_.wait_for(lock, lease_interval,
                      [this] { return ending_ || !queue_.empty(); });
    std::optional<step> next;
    if (!queue_.empty()) {
      next = queue_.front();
      queue_.pop_front();
    }
    lock.unlock();
    auto err = next ? commit(self, *next) : look_after_lease();
    lock.lock();
    under_way_ -= next ? 1 : 0;
    if (err)
      failure_ = std::move(err);
    // After a failure, somebody is to see it.
    if (waiting_ && (under_way_ <= 1 || failure_))
      std::exchange(waiting_, nullptr)();
  }
}

void commits::tell(caf::error trouble) {
  if (!trouble != !trouble_ && options_.trouble)
    options_.trouble(trouble);
  trouble_ = std::move(trouble);
}

template <class F>
auto commits::ask_share(F what) {
  auto answer = std::async(std::launch::async, std::move(what));
  if (answer.wait_for(share_patience) == std::future_status::timeout)
    tell(make_failure(
      errc::system,
      fmt::format("the share with '{}' has not answered for {} s",
                  writer_.reader().dir(), share_patience.count())));
  return answer.get();
}

caf::error commits::look_after_lease() {
  auto err = ask_share([this] { return writer_.check_lease(); });
  if (err == errc::lost_lease)
    return lost(err);
  // Whatever else is wrong may be over when the next commit comes, which may be
  // hours from now: somebody should know.
  tell(std::move(err));
  return {};
}

commit_draft commits::draft_of(const step_results& x) const {
  commit_draft result;
  result.cursor = options_.cursor;
  result.cursor.steps = x.after.steps;
  result.cursor.epoch = x.after.epoch;
  result.cursor.samples = x.after.samples;
  result.options = options_.training;
  if (x.chosen_rate > 0)
    result.options.optimizer.learning_rate = x.chosen_rate;
  result.where = from_.where;
  result.loss = x.loss;
  result.validation = x.validation;
  return result;
}

caf::error commits::commit(caf::scoped_actor& self, const step& x) {
  auto asked = std::async(std::launch::async, [&] {
    return ask<kept_shards>(self, from_.engine,
                            get_shards{x.results.after.steps});
  });
  // A lease that is lost meanwhile is found to be so by the commit, too.
  while (asked.wait_for(lease_interval) == std::future_status::timeout)
    static_cast<void>(look_after_lease());
  auto shards = asked.get();
  if (!shards)
    return shards.error();
  auto draft = draft_of(x.results);
  draft.shards = std::move(shards->shards);
  auto made = ask_share([&] { return writer_.commit(std::move(draft)); });
  if (!made)
    return made.error() == errc::lost_lease ? lost(made.error()) : made.error();
  caf::error unpruned;
  if (options_.keep > 0)
    if (auto done = writer_.prune({options_.keep, true, verification::headers});
        !done)
      unpruned = done.error();
  tell(std::move(unpruned));
  commit_report report{std::move(*made), 0, clock::now() - x.time};
  for (const auto& shard : report.what.shards)
    report.bytes += shard.size;
  if (observer_)
    observer_(report);
  return {};
}

} // namespace ganglion
