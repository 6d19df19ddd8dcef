// How the learning rate changes over a training: a pure function of the number
// of the update, so that every group of neurons follows it by itself and a
// training that is resumed goes on with it. Plain data that travels with the
// training's options. What changes a rate by results is the trainer's affair.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "metadata/fields.hpp"
#include "metadata/text/declare_enum.hpp"

namespace ganglion {

enum class schedule_kind : std::uint8_t {
  /// The optimizer's rate.
  constant,
  /// Multiplied by `factor` after every `every` updates.
  step,
  /// Half a wave of the cosine (Loshchilov and Hutter 2017, arXiv 1608.03983,
  /// formula 5, without restarts) from the optimizer's rate to `factor` of it.
  cosine,
  /// A straight line to `factor` of it.
  linear,
};

GANGLION_DECLARE_ENUM(schedule_kind)

struct rate_schedule {
  schedule_kind kind = schedule_kind::constant;
  /// Updates that the weights had seen when it began; all below counts from
  /// there.
  std::uint64_t begin = 0;
  /// Updates at the start in which the rate rises in equal steps: update k,
  /// counted from 1, has k / warmup of it. The kind's own course follows.
  std::uint64_t warmup = 0;
  /// Of cosine and linear: updates until the end, those of the warm-up among
  /// them; later ones stay there.
  std::uint64_t length = 0;
  /// Of step: updates.
  std::uint64_t every = 0;
  /// Of step, cosine and linear: from 0 to 1.
  float factor = 0;

  friend bool operator==(const rate_schedule&, const rate_schedule&) = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"kind", self.kind}, field{"begin", self.begin},
                 field{"warmup", self.warmup}, field{"length", self.length},
                 field{"every", self.every}, field{"factor", self.factor});
  }
};

/// What the rate of an update, counted from 1, is multiplied by.
double rate_factor(const rate_schedule& x, std::uint64_t update);

/// Errors: bad_argument where it says nothing that can be followed.
caf::error check(const rate_schedule& x);

} // namespace ganglion
