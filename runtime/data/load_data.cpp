#include "runtime/data/load_data.hpp"

#include <algorithm>
#include <filesystem>
#include <new>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/data/fann.hpp"
#include "runtime/data/generate.hpp"
#include "runtime/data/idx.hpp"

namespace ganglion {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view generate_prefix = "generate:";

caf::error bad_source(std::string text) {
  return make_failure(errc::bad_data, std::move(text));
}

/// The path of the file, plain or compressed, as MNIST's page names it or as
/// other programs unpack it; empty where there is none.
std::string find_file(const std::string& folder, std::string_view part,
                      std::string_view kind) {
  std::error_code ignored;
  for (auto dot : {'-', '.'})
    for (auto suffix : {"", ".gz"}) {
      auto name = fmt::format("{}-{}{}{}-ubyte{}", part, kind, dot,
                              kind == "images" ? "idx3" : "idx1", suffix);
      auto path = (fs::path{folder} / name).string();
      if (fs::exists(path, ignored))
        return path;
    }
  return {};
}

bool has_part(const std::string& folder, std::string_view part) {
  return !find_file(folder, part, "images").empty()
         || !find_file(folder, part, "labels").empty();
}

/// Reads the images and labels whose files start with `part`.
caf::expected<dataset> read_part(const std::string& folder,
                                 std::string_view part, std::uint64_t classes) {
  auto images = find_file(folder, part, "images");
  auto labels = find_file(folder, part, "labels");
  if (images.empty() || labels.empty()) {
    auto name = images.empty() ? fmt::format("{}-images-idx3-ubyte", part)
                               : fmt::format("{}-labels-idx1-ubyte", part);
    return bad_source(
      fmt::format("the folder '{0}' has neither {1} nor {1}.gz: add "
                  "it or name another folder",
                  folder, name));
  }
  return read_idx_pair(images, labels, classes);
}

caf::error add_test(dataset_bundle& result, const std::string& folder) {
  if (!has_part(folder, "t10k"))
    return {};
  auto test = read_part(folder, "t10k", result.train.classes);
  if (!test)
    return test.error();
  auto wanted = result.train.samples.columns();
  if (test->samples.columns() != wanted)
    return bad_source(fmt::format(
      "'{}' has {} features per sample, but '{}' has {}: "
      "use files that belong together",
      test->name, test->samples.columns(), result.train.name, wanted));
  result.test = std::move(*test);
  return {};
}

caf::expected<dataset_bundle> load_folder(const std::string& folder,
                                          std::uint64_t classes) {
  auto train = read_part(folder, "train", classes);
  if (!train)
    return train.error();
  dataset_bundle result{std::move(*train), std::nullopt, std::nullopt};
  if (auto err = add_test(result, folder))
    return err;
  result.train.name = folder;
  if (result.test)
    result.test->name = folder + " (test)";
  return result;
}

/// To ask a model, no training samples are needed.
caf::expected<dataset_bundle> load_test_alone(const std::string& folder) {
  auto test = read_part(folder, "t10k", 0);
  if (!test)
    return test.error();
  dataset_bundle result{std::move(*test), std::nullopt, std::nullopt};
  result.train.name = folder + " (test)";
  result.test = result.train;
  return result;
}

caf::expected<dataset_bundle> load_csv(const std::string& path,
                                       const data_options& options) {
  auto train = read_csv(path, options.table,
                        options.of ? &*options.of : nullptr);
  if (!train)
    return train.error();
  return dataset_bundle{std::move(*train), std::nullopt, std::nullopt};
}

caf::expected<dataset_bundle> load_fann(const std::string& path,
                                        const data_options& options) {
  const auto* of = options.of ? &options.of->description : nullptr;
  auto train = read_fann(path, options.table, of);
  if (!train)
    return train.error();
  dataset_bundle result{std::move(*train), std::nullopt, std::nullopt};
  constexpr std::string_view ending = ".train";
  auto beside = path.substr(0, path.size() - ending.size()) + ".test";
  std::error_code ignored;
  if (!has_ending(path, ending) || !fs::exists(beside, ignored))
    return result;
  auto test = read_fann(beside, options.table, &result.train.description);
  if (!test)
    return test.error();
  const auto& x = result.train;
  if (test->samples.columns() != x.samples.columns() || test->values != x.values
      || test->classes != x.classes)
    return bad_source(fmt::format("'{}' has other inputs or outputs than '{}': "
                                  "use files that belong together",
                                  beside, path));
  result.test = std::move(*test);
  return result;
}

bool has_any_ending(std::string spec,
                    std::initializer_list<std::string_view> endings) {
  if (has_ending(spec, ".gz"))
    spec.resize(spec.size() - 3);
  return std::ranges::any_of(endings,
                             [&](auto x) { return has_ending(spec, x); });
}

/// The scaling of IDX and generated samples is their readers' own.
caf::error check_unused(const table_options& options, const std::string& spec) {
  if (options.targets.empty() && options.scaling == scaling_kind::none
      && options.label == "last")
    return {};
  return make_failure(errc::bad_argument,
                      fmt::format("--label, --targets and --scale are about "
                                  "tables, and '{}' is none: leave them out",
                                  printable_path(spec)));
}

caf::expected<dataset_bundle> load_generated(std::string_view text,
                                             std::uint64_t seed) {
  auto sizes = parse_sizes(text);
  if (!sizes)
    return sizes.error();
  return generate(*sizes, seed);
}

caf::expected<dataset_bundle> load_any(const std::string& spec,
                                       std::uint64_t seed,
                                       const data_options& options) {
  std::error_code ignored;
  auto folder = fs::is_directory(spec, ignored);
  if (!folder && has_any_ending(spec, {".train", ".test", ".data"})
      && is_fann(spec))
    return load_fann(spec, options);
  if (!folder
      && has_any_ending(spec,
                        {".csv", ".tsv", ".txt", ".train", ".test", ".data"}))
    return load_csv(spec, options);
  if (auto err = check_unused(options.table, spec))
    return err;
  if (spec == "fashion-mnist")
    return load_fashion_mnist(std::string{fashion_mnist_folder});
  if (spec.starts_with(generate_prefix))
    return load_generated(spec.substr(generate_prefix.size()), seed);
  if (folder)
    return options.of && !has_part(spec, "train") ? load_test_alone(spec)
                                                  : load_folder(spec, 0);
  return bad_source(fmt::format(
    "unknown data '{}': use fashion-mnist, an existing folder with the IDX "
    "files train-images-idx3-ubyte and train-labels-idx1-ubyte (plain or .gz), "
    "a table .csv, .tsv or .txt (label last, or --label), .train, .test or "
    ".data in FANN's format, or generate:SAMPLESxFEATURESxCLASSES",
    printable_path(spec)));
}

} // namespace

caf::expected<dataset_bundle> load_fashion_mnist(const std::string& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    return bad_source(
      fmt::format("Fashion-MNIST is not in '{}': install it with "
                  "apt-get install dataset-fashion-mnist",
                  folder));
  auto result = load_folder(folder, 10);
  if (!result)
    return result.error();
  result->train.name = "fashion-mnist";
  result->train.class_names = {
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  if (result->test) {
    result->test->name = "fashion-mnist (test)";
    result->test->class_names = result->train.class_names;
  }
  return result;
}

std::string recorded_name(const std::string& spec) {
  std::error_code code;
  if (!fs::exists(spec, code))
    return spec;
  auto path = fs::absolute(spec, code).lexically_normal();
  return code ? spec : path.string();
}

caf::expected<dataset_bundle> load_data(std::string_view spec,
                                        std::uint64_t seed,
                                        const data_options& options) {
  // What a user's file or sizes ask for may be more than there is.
  try {
    return load_any(std::string{spec}, seed, options);
  } catch (const std::bad_alloc&) {
    return bad_source(
      fmt::format("the data '{}' does not fit in memory: use fewer "
                  "samples or a larger machine",
                  spec));
  }
}

} // namespace ganglion
