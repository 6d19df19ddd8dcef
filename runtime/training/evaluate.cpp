#include "runtime/training/evaluate.hpp"

#include <algorithm>

#include "actors/kernel/loss.hpp"
#include "runtime/ask.hpp"

namespace ganglion {

namespace {

/// Samples per inference.
constexpr std::size_t chunk_rows = 4096;

} // namespace

caf::expected<evaluation> evaluate(caf::scoped_actor& self,
                                   const engine_actor& engine,
                                   const dataset& data,
                                   const outputs_observer& observer) {
  evaluation result;
  std::uint64_t correct = 0;
  for (std::size_t first = 0; first < data.size(); first += chunk_rows) {
    auto rows = std::min(chunk_rows, data.size() - first);
    auto answer = ask<inference>(self, engine,
                                 infer{data.samples.rows(first, rows)});
    if (!answer)
      return answer.error();
    if (observer)
      observer(first, answer->outputs);
    for (std::size_t r = 0; r < rows; ++r) {
      auto predicted = argmax(answer->outputs.row(r));
      result.predictions.push_back(static_cast<std::uint32_t>(predicted));
      auto label = static_cast<std::uint64_t>(data.labels.row(first + r)[0]);
      correct += predicted == label ? 1 : 0;
    }
  }
  result.accuracy = static_cast<double>(correct)
                    / static_cast<double>(
                      std::max<std::size_t>(data.size(), 1));
  return result;
}

} // namespace ganglion
