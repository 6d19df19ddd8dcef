#include "runtime/data/load_data.hpp"

#include <filesystem>
#include <new>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/data/csv.hpp"
#include "runtime/data/generate.hpp"
#include "runtime/data/idx.hpp"

namespace ganglion {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view generate_prefix = "generate:";

caf::error bad_source(std::string text) {
  return make_failure(errc::bad_data, std::move(text));
}

/// The path of the file, plain or compressed; empty where there is neither.
std::string find_file(const std::string& folder, std::string_view name) {
  std::error_code ignored;
  for (auto suffix : {"", ".gz"}) {
    auto path = (fs::path{folder} / name).string() + suffix;
    if (fs::exists(path, ignored))
      return path;
  }
  return {};
}

/// Reads the images and labels whose files start with `part`.
caf::expected<dataset> read_part(const std::string& folder,
                                 std::string_view part, std::uint64_t classes) {
  auto images = fmt::format("{}-images-idx3-ubyte", part);
  auto labels = fmt::format("{}-labels-idx1-ubyte", part);
  for (const auto& name : {images, labels})
    if (find_file(folder, name).empty())
      return bad_source(
        fmt::format("the folder '{0}' has neither {1} nor {1}.gz: add "
                    "it or name another folder",
                    folder, name));
  return read_idx_pair(find_file(folder, images), find_file(folder, labels),
                       classes);
}

caf::error add_test(dataset_bundle& result, const std::string& folder) {
  if (find_file(folder, "t10k-images-idx3-ubyte").empty()
      && find_file(folder, "t10k-labels-idx1-ubyte").empty())
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

caf::expected<dataset_bundle> load_csv(const std::string& path) {
  auto train = read_csv(path);
  if (!train)
    return train.error();
  return dataset_bundle{std::move(*train), std::nullopt, std::nullopt};
}

caf::expected<dataset_bundle> load_generated(std::string_view text,
                                             std::uint64_t seed) {
  auto sizes = parse_sizes(text);
  if (!sizes)
    return sizes.error();
  return generate(*sizes, seed);
}

caf::expected<dataset_bundle> load_any(const std::string& spec,
                                       std::uint64_t seed) {
  std::error_code ignored;
  if (spec == "fashion-mnist")
    return load_fashion_mnist(std::string{fashion_mnist_folder});
  if (spec.starts_with(generate_prefix))
    return load_generated(spec.substr(generate_prefix.size()), seed);
  if (fs::is_directory(spec, ignored))
    return load_folder(spec, 0);
  if (spec.ends_with(".csv"))
    return load_csv(spec);
  return bad_source(fmt::format(
    "unknown data '{}': use fashion-mnist, an existing folder with the IDX "
    "files train-images-idx3-ubyte and train-labels-idx1-ubyte (plain or .gz), "
    "a .csv file (label last) or generate:SAMPLESxFEATURESxCLASSES",
    spec));
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

caf::expected<dataset_bundle> load_data(std::string_view spec,
                                        std::uint64_t seed) {
  // What a user's file or sizes ask for may be more than there is.
  try {
    return load_any(std::string{spec}, seed);
  } catch (const std::bad_alloc&) {
    return bad_source(
      fmt::format("the data '{}' does not fit in memory: use fewer "
                  "samples or a larger machine",
                  spec));
  }
}

} // namespace ganglion
