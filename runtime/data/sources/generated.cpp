// Synthetic samples, see runtime/data/generate.hpp; the only data to use the
// seed.
#include "runtime/data/generate.hpp"
#include "runtime/data/sources/data_source.hpp"

namespace ganglion {

namespace {

constexpr std::string_view generate_prefix = "generate:";

bool is_generated(const std::string& spec) {
  return spec.starts_with(generate_prefix);
}

caf::expected<dataset_bundle> load_generated(const data_request& x) {
  auto sizes = parse_sizes(
    std::string_view{x.spec}.substr(generate_prefix.size()));
  if (!sizes)
    return sizes.error();
  return generate(*sizes, x.seed);
}

} // namespace

const data_source& generated_source() {
  static constexpr data_source result{"generate:SAMPLESxFEATURESxCLASSES",
                                      is_generated, load_generated};
  return result;
}

} // namespace ganglion
