// Asks an engine about a whole data set: how many samples it classifies
// rightly, how far its values are off, or how well it goes on with a text.
// Blocks, on the caller's thread; changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include "metadata/training/training_options.hpp"
#include "metadata/values/tensor.hpp"
#include "runtime/data/dataset.hpp"
#include "runtime/engine/engine.hpp"

namespace ganglion {

/// How far values are off, over all samples and targets.
struct value_errors {
  /// Mean of |answer - target|.
  double mean_absolute = 0;
  /// Square root of the mean of (answer - target)^2.
  double root_mean_squared = 0;
  /// 1 - sum of (answer - target)^2 / sum of (target - its mean)^2, each target
  /// with its own mean: 1 is right, 0 no better than the means. NaN where all
  /// targets are the same.
  double r_squared = 0;
};

struct evaluation {
  /// Share of samples whose largest output is their class, from 0 to 1; none of
  /// a regression, or of samples without labels.
  std::optional<double> accuracy;
  /// Of a regression.
  std::optional<value_errors> errors;
  /// Mean over the samples, where it was asked for and there are labels; of a
  /// text, over its tokens, always.
  std::optional<double> loss;
  /// Samples with an output that is not finite.
  std::uint64_t not_finite = 0;
  /// Of a text, those that were to be said.
  std::uint64_t tokens = 0;
  /// Predicted class of each sample; none of a regression, or of a text.
  std::vector<std::uint32_t> predictions;
};

/// Is told of the outputs [rows x outputs] for samples `first` and on.
using outputs_observer
  = std::function<void(std::size_t first, const tensor& outputs)>;

/// `self` asks; `loss`: the one that is computed, too. Errors: those of the
/// engine, bad_data where labels do not fit that loss.
caf::expected<evaluation> evaluate(caf::scoped_actor& self,
                                   const engine_actor& engine,
                                   const dataset& data,
                                   const outputs_observer& observer = {},
                                   std::optional<loss_kind> loss = {});

/// "accuracy 97.25 %", "mean error 0.0412, R^2 0.9031", or "perplexity 6.55";
/// empty without labels.
std::string to_text(const evaluation& x);

/// Of how many tokens, all alike, the loss would be that of a guess.
double perplexity(double loss);

} // namespace ganglion
