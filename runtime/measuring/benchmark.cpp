#include "runtime/measuring/benchmark.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "metadata/caf_compat.hpp"

namespace ganglion {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t rounds = 5;

/// Different batches, so that none stays in the nearest cache by accident.
constexpr std::size_t batches = 4;

/// What the engine is asked, in turn.
struct workload {
  bool train = true;
  std::uint64_t batch = 0;
  std::vector<tensor> samples;
  std::vector<tensor> wanted;
};

using workload_ptr = std::shared_ptr<const workload>;

workload_ptr make_workload(const network& net, const benchmark_options& options,
                           loss_kind loss) {
  std::mt19937 random{1};
  std::uniform_real_distribution<float> value{0, 1};
  std::uint64_t width = 0;
  for (auto id : input_layers(net))
    width += net.width_of(id);
  auto outputs = net.answer_width(*output_layer(net));
  auto filled = [&](std::uint64_t columns, auto draw) {
    matrix result{options.batch, columns};
    std::generate_n(result.data(), result.size(), draw);
    return std::move(result).freeze();
  };
  auto result = std::make_shared<workload>();
  result->train = options.train;
  result->batch = options.batch;
  for (std::size_t i = 0; i < batches; ++i) {
    result->samples.push_back(filled(width, [&] { return value(random); }));
    if (is_for_classes(loss))
      result->wanted.push_back(
        filled(1, [&] { return static_cast<float>(random() % outputs); }));
    else
      result->wanted.push_back(filled(outputs, [&] { return value(random); }));
  }
  return result;
}

/// When requests were sent and answered.
struct record {
  clock::time_point sent;
  clock::time_point answered;
};

struct phase {
  std::size_t in_flight = 1;
  clock::duration duration{};
};

using records = caf::expected<std::vector<record>>;

struct driver_state;

using driver_actor = caf::stateful_actor<driver_state>;

/// Keeps `in_flight` requests at the engine until the time is over.
struct driver_state {
  driver_state(driver_actor* ptr, engine_actor whom, workload_ptr what,
               phase how, std::shared_ptr<std::promise<records>> result)
    : self(ptr),
      engine(std::move(whom)),
      work(std::move(what)),
      setup(how),
      answer(std::move(result)) {
    // nop
  }

  caf::behavior make_behavior() {
    end = clock::now() + setup.duration;
    log.reserve(std::size_t{1} << 16);
    for (std::size_t i = 0; i < setup.in_flight; ++i)
      ask();
    // Requests alone keep it alive.
    return {[](caf::unit_t) {}};
  }

  void ask() {
    auto i = asked++ % work->samples.size();
    auto sent = clock::now();
    ++open;
    auto failed = [this](const caf::error& why) { finish(why); };
    if (work->train)
      request_from(self, engine, caf::infinite,
                   train_step{work->samples[i], work->wanted[i]})
        .then([this, sent](const step_report&) { answered(sent); }, failed);
    else
      request_from(self, engine, caf::infinite, infer{work->samples[i]})
        .then([this, sent](const inference&) { answered(sent); }, failed);
  }

  void answered(clock::time_point sent) {
    --open;
    auto now = clock::now();
    log.push_back({sent, now});
    if (now < end)
      ask();
    else if (open == 0)
      finish(std::move(log));
  }

  void finish(records result) {
    if (auto to = std::exchange(answer, nullptr))
      to->set_value(std::move(result));
    self->quit();
  }

  driver_actor* self;
  engine_actor engine;
  workload_ptr work;
  phase setup;
  std::shared_ptr<std::promise<records>> answer;
  clock::time_point end;
  std::size_t asked = 0;
  std::size_t open = 0;
  std::vector<record> log;

  static inline const char* name = "ganglion.benchmark";
};

records drive(session& on, const workload_ptr& work, phase how) {
  auto answer = std::make_shared<std::promise<records>>();
  auto result = answer->get_future();
  on.self()->spawn<driver_actor>(on.engine(), work, how, std::move(answer));
  return result.get();
}

/// Rounds of equally many requests: of equal time, they would hold one request
/// more or less, which counts where there are few. Those that are under way at
/// once are answered nearly at once, so no round ends among them.
void set_throughput(benchmark_result& to, const std::vector<record>& log,
                    std::size_t in_flight, std::uint64_t batch) {
  auto bunches = std::max<std::size_t>(log.size() / in_flight, 1);
  auto count = std::min(rounds, bunches);
  std::vector<double> speeds;
  auto began = log.front().sent;
  std::size_t done = 0;
  for (std::size_t i = 1; i <= count; ++i) {
    auto last = i == count ? log.size() : bunches * i / count * in_flight;
    std::chrono::duration<double> time = log[last - 1].answered - began;
    speeds.push_back(static_cast<double>((last - done) * batch) / time.count());
    began = log[last - 1].answered;
    done = last;
  }
  std::sort(speeds.begin(), speeds.end());
  to.best = speeds.back();
  to.median = speeds[speeds.size() / 2];
}

void set_latency(benchmark_result& to, const std::vector<record>& log) {
  std::vector<double> times;
  times.reserve(log.size());
  for (const auto& x : log)
    times.push_back(
      std::chrono::duration<double, std::micro>(x.answered - x.sent).count());
  std::sort(times.begin(), times.end());
  to.latency_p50 = times[times.size() / 2];
  to.latency_p99 = times[times.size() * 99 / 100];
}

/// The high-water mark of a process, or 0.
std::uint64_t peak_rss_of(const std::string& process) {
  std::ifstream status{"/proc/" + process + "/status"};
  for (std::string word; status >> word;)
    if (std::uint64_t kilobytes = 0; word == "VmHWM:" && status >> kilobytes)
      return kilobytes * 1024;
  return 0;
}

std::uint64_t peak_rss() {
  namespace fs = std::filesystem;
  auto result = peak_rss_of("self");
  std::error_code none;
  for (const auto& task : fs::directory_iterator{"/proc/self/task", none}) {
    std::ifstream children{task.path() / "children"};
    for (std::string process; children >> process;)
      result += peak_rss_of(process);
  }
  return result;
}

} // namespace

caf::expected<benchmark_result> measure(session& on,
                                        const benchmark_options& options) {
  auto work = make_workload(on.net(), options, on.loss());
  auto part = [&](double share) {
    return std::chrono::duration_cast<clock::duration>(options.duration
                                                       * share);
  };
  auto warm_up = drive(on, work, {options.in_flight, part(0.2)});
  if (!warm_up)
    return warm_up.error();
  auto many = drive(on, work, {options.in_flight, part(0.75)});
  if (!many)
    return many.error();
  auto single = drive(on, work, {1, part(0.25)});
  if (!single)
    return single.error();
  auto traffic = on.ask<traffic_summary>(get_traffic{});
  if (!traffic)
    return traffic.error();
  benchmark_result result;
  set_throughput(result, *many, options.in_flight, options.batch);
  set_latency(result, *single);
  auto requests = warm_up->size() + many->size() + single->size();
  result.bytes_between_nodes_per_sample
    = static_cast<double>(traffic->between_nodes)
      / static_cast<double>(requests * options.batch);
  result.peak_rss_bytes = peak_rss();
  return result;
}

} // namespace ganglion
