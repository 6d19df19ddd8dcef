#include "runtime/training/validation.hpp"

#include <utility>

namespace ganglion {

caf::expected<epoch_score> validator::judge(const progress& trained) {
  auto found = evaluate(on_.self(), on_.engine(), data_, {}, on_.loss());
  if (!found)
    return found.error();
  found->predictions.clear();
  epoch_score result{trained, std::move(*found)};
  // A loss that is no number is never the best.
  auto loss = result.validation.loss.value_or(
    std::numeric_limits<double>::infinity());
  result.best = loss < best_loss_;
  if (result.best) {
    best_loss_ = loss;
    best_epoch_ = trained.epoch;
    waited_ = 0;
  } else {
    ++waited_;
  }
  result.stop = patience_ > 0 && waited_ >= patience_;
  return result;
}

} // namespace ganglion
