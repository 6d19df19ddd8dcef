#include "runtime/data/generate.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "actors/kernel/philox.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// The third word of a counter. The fourth tells these streams from those of
/// weights and shuffles, which may have the same seed.
enum class stream : std::uint32_t { centres, train, test };

constexpr std::uint32_t data_streams = 0xfffffffe;
constexpr std::uint64_t max_data_values = std::uint64_t{1} << 32;

philox_counter words_for(std::size_t row, std::size_t column, stream which,
                         philox_key key) {
  return philox({static_cast<std::uint32_t>(row),
                 static_cast<std::uint32_t>(column),
                 static_cast<std::uint32_t>(which), data_streams},
                key);
}

caf::error bad(const generate_sizes& sizes, std::string_view what) {
  return make_failure(errc::bad_data,
                      fmt::format("cannot generate {}x{}x{} (samples x "
                                  "features x classes): {}",
                                  sizes.samples, sizes.features, sizes.classes,
                                  what));
}

std::uint64_t test_samples(std::uint64_t samples) {
  return std::max<std::uint64_t>(1, samples / 5);
}

caf::error check_sizes(const generate_sizes& sizes) {
  if (sizes.samples == 0)
    return bad(sizes, "use at least 1 sample");
  if (sizes.features == 0)
    return bad(sizes, "use at least 1 feature");
  if (sizes.classes < 2 || sizes.classes > max_classes)
    return bad(sizes, fmt::format("use 2 to {} classes", max_classes));
  auto rows = sizes.samples;
  if (rows <= max_data_values)
    rows += test_samples(rows);
  if (rows > max_data_values / sizes.features)
    return bad(sizes, fmt::format("that is more than {} values for training "
                                  "and test: use fewer samples or features",
                                  max_data_values));
  return {};
}

/// Centres of the first `count` classes, uniform in [-1, 1).
tensor make_centres(std::size_t count, std::size_t features, philox_key key) {
  matrix result{count, features};
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t k = 0; k < features; ++k) {
      auto words = words_for(i, k, stream::centres, key);
      result.row(i)[k] = 2.0f * unit_float(words[0]) - 1.0f;
    }
  return std::move(result).freeze();
}

/// Close to a normal distribution (a sum of four uniform ones) of mean 0 and
/// standard deviation 0.29, in [-1, 1).
float noise(const philox_counter& words) {
  auto sum = (unit_float(words[0]) + unit_float(words[1]))
             + (unit_float(words[2]) + unit_float(words[3]));
  return 0.5f * sum - 1.0f;
}

dataset make_part(const generate_sizes& sizes, std::size_t rows,
                  const tensor& centres, stream which, philox_key key) {
  matrix samples{rows, sizes.features};
  matrix labels{rows, 1};
  for (std::size_t i = 0; i < rows; ++i) {
    auto label = i % sizes.classes;
    auto centre = centres.row(label);
    auto sample = samples.row(i);
    for (std::size_t k = 0; k < sample.size(); ++k)
      sample[k] = centre[k] + noise(words_for(i, k, which, key));
    labels.row(i)[0] = static_cast<float>(label);
  }
  dataset result;
  result.name = fmt::format("generate:{}x{}x{}", sizes.samples, sizes.features,
                            sizes.classes);
  result.samples = std::move(samples).freeze();
  result.labels = std::move(labels).freeze();
  result.classes = sizes.classes;
  return result;
}

} // namespace

caf::expected<generate_sizes> parse_sizes(std::string_view text) {
  generate_sizes result;
  auto fields = {&result.samples, &result.features, &result.classes};
  auto at = text.data();
  auto end = at + text.size();
  auto good = true;
  for (auto field : fields) {
    if (field != &result.samples)
      good = good && at != end && *at++ == 'x';
    auto [next, ec] = std::from_chars(at, end, *field);
    good = good && ec == std::errc{};
    at = next;
  }
  if (!good || at != end)
    return make_failure(errc::bad_data,
                        fmt::format("'{}' is no SAMPLESxFEATURESxCLASSES: "
                                    "write generate:1000x20x3",
                                    text));
  return result;
}

caf::expected<dataset_bundle> generate(const generate_sizes& sizes,
                                       std::uint64_t seed) {
  if (auto err = check_sizes(sizes))
    return err;
  auto key = key_of(seed);
  // Classes beyond the number of samples never occur.
  auto used = std::min(sizes.classes, sizes.samples);
  auto centres = make_centres(used, sizes.features, key);
  dataset_bundle result;
  result.train = make_part(sizes, sizes.samples, centres, stream::train, key);
  result.test = make_part(sizes, test_samples(sizes.samples), centres,
                          stream::test, key);
  result.test->name += " (test)";
  return result;
}

} // namespace ganglion
