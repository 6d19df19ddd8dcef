// A file in FANN's format, see runtime/data/fann.hpp; FILE.test beside
// FILE.train is for the test.
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "metadata/text/names.hpp"
#include "runtime/data/fann.hpp"
#include "runtime/data/sources/data_source.hpp"

namespace ganglion {

namespace {

bool is_fann_file(const std::string& spec) {
  return is_file_with(spec, {".train", ".test", ".data"}) && is_fann(spec);
}

caf::expected<dataset_bundle> load_fann(const data_request& x) {
  const auto& path = x.spec;
  const auto& options = x.options;
  const auto* of = options.of ? &options.of->description : nullptr;
  auto train = read_fann(path, options.table, of);
  if (!train)
    return train.error();
  dataset_bundle result{std::move(*train), std::nullopt, std::nullopt};
  constexpr std::string_view ending = ".train";
  auto beside = path.substr(0, path.size() - ending.size()) + ".test";
  std::error_code ignored;
  if (!has_ending(path, ending) || !std::filesystem::exists(beside, ignored))
    return result;
  auto test = read_fann(beside, options.table, &result.train.description);
  if (!test)
    return test.error();
  const auto& trained = result.train;
  if (test->samples.columns() != trained.samples.columns()
      || test->values != trained.values || test->classes != trained.classes)
    return bad_source(fmt::format("'{}' has other inputs or outputs than '{}': "
                                  "use files that belong together",
                                  beside, path));
  result.test = std::move(*test);
  return result;
}

} // namespace

const data_source& fann_source() {
  static constexpr data_source result{".train, .test or .data in FANN's format",
                                      is_fann_file, load_fann, true};
  return result;
}

} // namespace ganglion
