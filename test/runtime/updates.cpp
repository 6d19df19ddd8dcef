// What bends an update on its way: clipped gradients, schedules, and a rate
// that is chosen while the training goes on. test: timeout=120
#include <cmath>

#include <doctest/doctest.h>

#include "distributor/request.hpp"
#include "metadata/error.hpp"
#include "runtime/hosting/session.hpp"
#include "test/runtime/ramps.hpp"

using namespace ganglion;

namespace {

session_options updating(const std::string& nodes, const std::string& by) {
  session_options result;
  result.net = *parse_network("mlp:6-32-16-3:tanh", 4);
  result.nodes = nodes;
  result.request = *parse_request(by);
  result.node_options.threads = 2;
  result.training.optimizer.kind = optimizer_kind::sgd;
  result.training.optimizer.learning_rate = 0.05f;
  result.owner = "a test";
  return result;
}

std::unique_ptr<session> open_updating(const session_options& options) {
  auto on = session::open(options);
  REQUIRE_MESSAGE(on, (on ? "" : explain(on.error())));
  return std::move(*on);
}

void update(session& on, int steps) {
  for (int i = 0; i < steps; ++i) {
    auto done = on.ask<step_report>(train_step{ramp(30, 6), classes(30, 3)});
    REQUIRE_MESSAGE(done, (done ? "" : explain(done.error())));
  }
}

std::vector<float> all_weights(session& on) {
  std::vector<float> result;
  for (layer_id id = 1; id < on.net().layers().size(); ++id) {
    auto part = on.ask<parameters>(get_parameters{on.net().range_of(id)});
    REQUIRE(part);
    auto values = part->weights.to_vector();
    result.insert(result.end(), values.begin(), values.end());
  }
  return result;
}

/// How far one step went, over all parameters.
double step_length(const session_options& options) {
  auto on = open_updating(options);
  auto before = all_weights(*on);
  update(*on, 1);
  auto after = all_weights(*on);
  double sum = 0;
  for (std::size_t i = 0; i < after.size(); ++i)
    sum += std::pow(double{after[i]} - double{before[i]}, 2);
  return std::sqrt(sum);
}

} // namespace

TEST_CASE("a gradient that is clipped moves all parameters by the norm") {
  auto options = updating("inside:2", "percentage=60,40");
  options.training.optimizer.learning_rate = 1;
  auto whole = step_length(options);
  REQUIRE(whole > 0.1);
  options.training.optimizer.clip_norm = 0.1f;
  CHECK(step_length(options) == doctest::Approx(0.1).epsilon(1e-4));
  // A longer one than there is changes nothing but the rounding.
  options.training.optimizer.clip_norm = 1e6f;
  CHECK(step_length(options) == doctest::Approx(whole).epsilon(1e-4));
}

TEST_CASE("clipped, scheduled steps give equal bits wherever the neurons are") {
  auto options = updating("inside:1", "layers");
  options.training.optimizer.clip_norm = 0.3f;
  options.training.schedule.kind = schedule_kind::cosine;
  options.training.schedule.warmup = 2;
  options.training.schedule.length = 9;
  for (std::uint32_t parts : {1, 3}) {
    options.micro_batches = parts;
    auto still = open_updating(options);
    update(*still, 6);
    auto wanted = all_weights(*still);
    auto spread = options;
    spread.nodes = "inside:3";
    spread.request = *parse_request("percentage=50,30,20");
    spread.group_size = 4;
    auto on = open_updating(spread);
    update(*on, 6);
    CHECK(all_weights(*on) == wanted);
  }
}

TEST_CASE("a rate that is chosen in between is that of the steps after it") {
  auto options = updating("inside:3", "percentage=50,30,20");
  auto on = open_updating(options);
  update(*on, 2);
  REQUIRE(on->ask<rate_set>(set_rate{0.2f}));
  update(*on, 2);
  options.training.schedule.kind = schedule_kind::step;
  options.training.schedule.begin = 2;
  options.training.schedule.every = 100;
  auto other = open_updating(options);
  update(*other, 2);
  auto training = other->training();
  training.optimizer.learning_rate = 0.2f;
  REQUIRE(other->rearrange(other->where(), training));
  update(*other, 2);
  CHECK(all_weights(*on) == all_weights(*other));
  auto refused = on->ask<rate_set>(set_rate{-1});
  REQUIRE(!refused);
  CHECK(refused.error() == errc::bad_argument);
  update(*on, 1);
}

TEST_CASE(
  "weights that are put back with their count of steps learn as before") {
  auto options = updating("inside:3", "percentage=50,30,20");
  options.training.optimizer.kind = optimizer_kind::adam;
  auto on = open_updating(options);
  update(*on, 2);
  std::vector<parameters> kept;
  for (layer_id id = 1; id < on->net().layers().size(); ++id)
    kept.push_back(
      *on->ask<parameters>(get_parameters{on->net().range_of(id)}));
  update(*on, 3);
  auto wanted = all_weights(*on);
  for (const auto& x : kept)
    REQUIRE(on->ask<stored>(put_parameters{x}));
  REQUIRE(on->ask<step_set>(set_step{2}));
  CHECK(on->ask<weight_digests>(get_digests{})->step == 2);
  update(*on, 3);
  CHECK(all_weights(*on) == wanted);
}

TEST_CASE("options that no training can be done with are refused by nodes") {
  auto options = updating("inside:1", "layers");
  options.training.optimizer.learning_rate = NAN;
  auto on = session::open(options);
  REQUIRE(!on);
  CHECK(on.error() == errc::bad_argument);
}
