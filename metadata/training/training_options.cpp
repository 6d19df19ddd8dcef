#include "metadata/training/training_options.hpp"

#include <cmath>

#include "metadata/error.hpp"

namespace ganglion {

bool is_plain_descent(const optimizer_options& x) noexcept {
  return x.kind == optimizer_kind::sgd && x.weight_decay == 0;
}

float rate_of(const training_options& x, std::uint64_t step) {
  return static_cast<float>(double{x.optimizer.learning_rate}
                            * rate_factor(x.schedule, step));
}

caf::error check(const training_options& x) {
  const auto& y = x.optimizer;
  if (!(y.learning_rate > 0 && std::isfinite(y.learning_rate)))
    return out_of_range("learning rate", y.learning_rate, "a number above 0");
  if (!(y.momentum >= 0 && y.momentum < 1))
    return out_of_range("momentum", y.momentum, "one from 0 to below 1");
  if (!(y.weight_decay >= 0 && std::isfinite(y.weight_decay)))
    return out_of_range("weight decay", y.weight_decay, "0 or more");
  if (!(y.clip_norm >= 0 && std::isfinite(y.clip_norm)))
    return out_of_range("norm to clip gradients at", y.clip_norm,
                        "a number above 0, or 0 for none");
  return check(x.schedule);
}

} // namespace ganglion
