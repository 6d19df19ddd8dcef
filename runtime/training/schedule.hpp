// A learning rate's schedule as people say it, in epochs and shares, and what
// it is in updates once data and batch are known. Pure functions; what a
// schedule is, is in metadata/training/rate_schedule.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <caf/expected.hpp>

#include "metadata/training/rate_schedule.hpp"

namespace ganglion {

struct schedule_wish {
  schedule_kind kind = schedule_kind::constant;
  /// Of step: epochs from one to the next; none: a third of the training.
  std::optional<double> epochs;
  /// See rate_schedule; none: 0.1 for step, 0 for cosine and linear.
  std::optional<float> factor;
};

/// "constant", "step", "step=EPOCHS" or "step=EPOCHS,FACTOR", "cosine" or
/// "cosine=FACTOR", "linear" or "linear=FACTOR". Errors: bad_argument.
caf::expected<schedule_wish> parse_schedule(std::string_view text);

/// Updates of one pass over the samples, the last of which may be of fewer than
/// `batch` (at least 1) samples.
constexpr std::uint64_t updates_per_epoch(std::uint64_t samples,
                                          std::uint64_t batch) noexcept {
  return (samples + batch - 1) / batch;
}

/// Of a training of `steps` updates, `per_epoch` of them in an epoch.
rate_schedule schedule_for(const schedule_wish& wish, std::uint64_t warmup,
                           std::uint64_t per_epoch, std::uint64_t steps);

} // namespace ganglion
