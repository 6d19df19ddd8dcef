#include "actors/kernel/sampler.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "actors/kernel/functions/functions.hpp"
#include "actors/kernel/loss.hpp"
#include "actors/kernel/losses/loss_function.hpp"
#include "actors/kernel/philox.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Tells these numbers from all that are drawn with the same seed.
constexpr std::uint32_t sampling_stream = 7;

/// The tokens with the highest scores, or all, best first.
std::vector<token_id> best_of(std::span<const float> scores,
                              std::uint64_t count) {
  std::vector<token_id> result(scores.size());
  std::iota(result.begin(), result.end(), token_id{0});
  auto kept = count > 0 ? std::min<std::size_t>(count, result.size())
                        : result.size();
  std::partial_sort(
    result.begin(), result.begin() + static_cast<std::ptrdiff_t>(kept),
    result.end(), [&](token_id a, token_id b) {
      return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
    });
  result.resize(kept);
  return result;
}

/// A number in [0, 1).
float drawn_at(std::uint64_t position, std::uint64_t seed) {
  return unit_float(
    philox({static_cast<std::uint32_t>(position),
            static_cast<std::uint32_t>(position >> 32), 0, sampling_stream},
           key_of(seed))[0]);
}

} // namespace

caf::error check(const sampling_options& x) {
  if (!(x.temperature >= 0 && std::isfinite(x.temperature)))
    return out_of_range("temperature", x.temperature, "0, or a number above");
  if (!(x.top_p > 0 && x.top_p <= 1))
    return out_of_range("top-p", x.top_p, "one above 0, up to 1");
  return {};
}

token_id sample(std::span<const float> scores, std::uint64_t position,
                const sampling_options& how) {
  if (how.temperature == 0)
    return static_cast<token_id>(argmax(scores));
  auto order = best_of(scores, how.top_k);
  std::vector<float> weights(order.size());
  float sum = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    weights[i] = apply(lane_function::exp,
                       (scores[order[i]] - scores[order[0]]) / how.temperature);
    sum += weights[i];
  }
  float reached = 0;
  std::size_t drawn_from = 0;
  while (drawn_from < order.size()
         && (drawn_from == 0 || reached < how.top_p * sum))
    reached += weights[drawn_from++];
  auto wanted = drawn_at(position, how.seed) * reached;
  float passed = 0;
  for (std::size_t i = 0; i < drawn_from; ++i) {
    passed += weights[i];
    if (wanted < passed)
      return order[i];
  }
  return order[drawn_from - 1];
}

double log_probability(std::span<const float> scores, token_id token) {
  std::vector<float> gradient(scores.size());
  auto wanted = static_cast<float>(token);
  return -cross_entropy_loss(scores, {&wanted, 1}, 1, gradient.data());
}

} // namespace ganglion
