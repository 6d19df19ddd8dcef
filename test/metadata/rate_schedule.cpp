#include <cmath>

#include <doctest/doctest.h>

#include "metadata/training/rate_schedule.hpp"
#include "metadata/training/training_options.hpp"

using namespace ganglion;

namespace {

double factor(const rate_schedule& x, std::uint64_t step) {
  return rate_factor(x, step);
}

rate_schedule course(schedule_kind kind, std::uint64_t warmup = 0) {
  rate_schedule result;
  result.kind = kind;
  result.warmup = warmup;
  result.length = 10 + warmup;
  result.every = 4;
  return result;
}

} // namespace

TEST_CASE("a constant schedule leaves the rate to the bit") {
  training_options x;
  x.optimizer.learning_rate = 0.1f;
  for (std::uint64_t step : {1, 2, 1000})
    CHECK(rate_of(x, step) == 0.1f);
}

TEST_CASE("a rate rises in equal steps while it warms up") {
  auto x = course(schedule_kind::constant, 4);
  CHECK(factor(x, 1) == 0.25);
  CHECK(factor(x, 3) == 0.75);
  CHECK(factor(x, 4) == 1);
  CHECK(factor(x, 5) == 1);
}

TEST_CASE("a rate falls by its factor after every so many updates") {
  auto x = course(schedule_kind::step, 2);
  x.factor = 0.5f;
  CHECK(factor(x, 2) == 1);
  CHECK(factor(x, 6) == 1);
  CHECK(factor(x, 7) == 0.5);
  CHECK(factor(x, 10) == 0.5);
  CHECK(factor(x, 11) == 0.25);
}

TEST_CASE("a rate falls in half a wave, or in a line, and stays at its end") {
  auto wave = course(schedule_kind::cosine);
  CHECK(factor(wave, 1) == 1);
  CHECK(factor(wave, 6) == doctest::Approx(0.5));
  CHECK(factor(wave, 3) == doctest::Approx((1 + std::cos(M_PI / 5)) / 2));
  CHECK(factor(wave, 11) == 0);
  CHECK(factor(wave, 999) == 0);
  auto line = course(schedule_kind::linear, 3);
  line.factor = 0.2f;
  CHECK(factor(line, 4) == 1);
  CHECK(factor(line, 9) == doctest::Approx(0.6));
  CHECK(factor(line, 14) == doctest::Approx(0.2));
  CHECK(factor(line, 99) == doctest::Approx(0.2));
}

TEST_CASE("a schedule that began later counts from there") {
  auto x = course(schedule_kind::linear, 2);
  auto later = x;
  later.begin = 100;
  for (std::uint64_t step = 1; step < 20; ++step)
    CHECK(factor(later, 100 + step) == factor(x, step));
}

TEST_CASE("options that no training can be done with are refused by name") {
  auto fails = [](auto change) {
    training_options x;
    change(x);
    return static_cast<bool>(check(x));
  };
  CHECK(!fails([](auto&) {}));
  CHECK(fails([](auto& x) { x.optimizer.learning_rate = NAN; }));
  CHECK(fails([](auto& x) { x.optimizer.learning_rate = 0; }));
  CHECK(fails([](auto& x) { x.optimizer.momentum = 1; }));
  CHECK(fails([](auto& x) { x.optimizer.weight_decay = -1; }));
  CHECK(fails([](auto& x) { x.optimizer.clip_norm = INFINITY; }));
  CHECK(fails([](auto& x) { x.schedule.factor = 2; }));
  CHECK(fails([](auto& x) { x.schedule.kind = schedule_kind::step; }));
}
