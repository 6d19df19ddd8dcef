#include "runtime/training/divergence.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

caf::error training_diverged(const caf::error& why,
                             const not_finite_neurons& found) {
  constexpr std::size_t most_named = 3;
  error_details details;
  std::string where;
  for (const auto& x : found.parts) {
    if (details.ranges.size() == most_named) {
      where += ", and others";
      break;
    }
    where += fmt::format("{}{} of layer '{}' on node '{}'",
                         where.empty() ? "" : ", ", to_string(x.neurons),
                         x.layer, x.node);
    details.ranges.push_back(x.neurons);
    details.layers.push_back(x.layer);
    details.nodes.push_back(x.node);
  }
  auto begin = why ? explain(why) : fmt::format("after step {}", found.step);
  details.text = fmt::format(
    "the training diverged: {}, {}; try a smaller learning rate", begin,
    where.empty() ? "with finite weights, so the outputs overflow"
                  : fmt::format("{}weights are not finite of neurons {}",
                                why ? "and " : "", where));
  return make_failure(errc::diverged, std::move(details));
}

caf::error training_diverged_unseen(const caf::error& why,
                                    const caf::error& other) {
  auto details = details_of(other);
  details.text = fmt::format("the training diverged: {}; which weights are not "
                             "finite could not be found out: {}",
                             explain(why), details.text);
  return make_failure(errc::diverged, std::move(details));
}

} // namespace ganglion
