#include "metadata/training/rate_schedule.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/enum_text.hpp"
#include "metadata/values/portable_math.hpp"

namespace ganglion {

namespace {

constexpr std::array<std::string_view, 4> schedule_kinds{"constant", "step",
                                                         "cosine", "linear"};

/// How much of the way from the warm-up to the end is behind, from 0 to 1.
double share_done(const rate_schedule& x, std::uint64_t done) {
  if (x.length <= x.warmup)
    return 1;
  return std::min(1.0, static_cast<double>(done - x.warmup)
                         / static_cast<double>(x.length - x.warmup));
}

} // namespace

GANGLION_DEFINE_ENUM(schedule_kind, schedule_kinds)

double rate_factor(const rate_schedule& x, std::uint64_t update) {
  auto step = std::max(update, x.begin + 1) - x.begin;
  if (step <= x.warmup)
    return static_cast<double>(step) / static_cast<double>(x.warmup);
  auto done = step - 1;
  auto end = double{x.factor};
  auto falls = x.every > 0 ? (done - x.warmup) / x.every : 0;
  switch (x.kind) {
    case schedule_kind::step:
      return power(end, falls);
    case schedule_kind::cosine:
      return end + (1 - end) * (1 + half_turn_cosine(share_done(x, done))) / 2;
    case schedule_kind::linear:
      return 1 - (1 - end) * share_done(x, done);
    case schedule_kind::constant:
      break;
  }
  return 1;
}

caf::error check(const rate_schedule& x) {
  if (!(x.factor >= 0 && x.factor <= 1))
    return make_failure(errc::bad_argument,
                        fmt::format("a schedule's factor of {}: choose one "
                                    "from 0 to 1",
                                    x.factor));
  if (x.kind == schedule_kind::step && x.every == 0)
    return make_failure(errc::bad_argument,
                        "a schedule of steps of no length: choose 1 update or "
                        "more");
  return {};
}

} // namespace ganglion
