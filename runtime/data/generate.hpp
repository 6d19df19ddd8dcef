// Synthetic samples for classification, made from (sizes, seed) alone with
// counter-based random numbers and additions, so that every machine makes the
// same bits. Pure functions. Not a benchmark: classes are clouds around random
// centres, the easier to tell apart the more features there are.
#pragma once

#include <cstdint>
#include <string_view>

#include <caf/expected.hpp>

#include "runtime/data/dataset.hpp"

namespace ganglion {

struct generate_sizes {
  /// Of the training part; the test part has a fifth, at least 1.
  std::uint64_t samples = 0;
  std::uint64_t features = 0;
  std::uint64_t classes = 0;
};

/// Parses "1000x20x3": samples, features, classes. Errors: no such text.
caf::expected<generate_sizes> parse_sizes(std::string_view text);

/// A training part and a test part around the same centres. Values lie in
/// [-2, 2); sample i is of class i % classes. Errors: no sample, no feature,
/// fewer than 2 or more than 65536 classes, or more than 2^32 values in all.
caf::expected<dataset_bundle> generate(const generate_sizes& sizes,
                                       std::uint64_t seed);

} // namespace ganglion
