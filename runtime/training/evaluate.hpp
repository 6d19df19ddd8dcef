// Asks an engine about a whole data set: how many samples it classifies
// rightly. Blocks, on the caller's thread; changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include "metadata/tensor.hpp"
#include "runtime/data/dataset.hpp"
#include "runtime/engine/engine.hpp"

namespace ganglion {

struct evaluation {
  /// Share of samples whose largest output is their class, from 0 to 1.
  double accuracy = 0;
  /// Predicted class of each sample.
  std::vector<std::uint32_t> predictions;
};

/// Is told of the outputs [rows x outputs] for samples `first` and on.
using outputs_observer
  = std::function<void(std::size_t first, const tensor& outputs)>;

/// `self` asks. Errors: those of the engine.
caf::expected<evaluation> evaluate(caf::scoped_actor& self,
                                   const engine_actor& engine,
                                   const dataset& data,
                                   const outputs_observer& observer = {});

} // namespace ganglion
