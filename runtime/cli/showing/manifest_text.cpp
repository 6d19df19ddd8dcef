#include "runtime/cli/showing/manifest_text.hpp"

#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "runtime/cli/showing/units.hpp"

namespace ganglion::cli {

namespace {

std::uint64_t size_of(const manifest& x) {
  std::uint64_t result = 0;
  for (const auto& shard : x.shards)
    result += shard.size;
  return result;
}

} // namespace

std::string size_text(const manifest& x) {
  return bytes_text(static_cast<double>(size_of(x)));
}

std::string validation_text(const manifest& x) {
  auto loss = x.validation_value();
  return std::isnan(loss) ? "-" : fmt::format("{:.4f}", loss);
}

std::string text_of(const training_options& x) {
  const auto& y = x.optimizer;
  auto result = fmt::format("optimizer {}, learning rate {}", to_string(y.kind),
                            y.learning_rate);
  if (x.schedule.kind != schedule_kind::constant)
    result += fmt::format(", schedule {}", to_string(x.schedule.kind));
  if (x.schedule.warmup > 0)
    result += fmt::format(", warm-up of {} steps", x.schedule.warmup);
  if (y.weight_decay > 0)
    result += fmt::format(", weight decay {}{}", y.weight_decay,
                          y.decay_biases ? " of biases, too" : "");
  if (y.clip_norm > 0)
    result += fmt::format(", gradients clipped at {}", y.clip_norm);
  return result;
}

} // namespace ganglion::cli
