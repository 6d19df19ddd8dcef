// A folder with files in the format of MNIST, see runtime/data/idx.hpp.
#include <filesystem>

#include <fmt/format.h>

#include "runtime/data/idx.hpp"
#include "runtime/data/sources/data_source.hpp"

namespace ganglion {

namespace {

namespace fs = std::filesystem;

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

caf::expected<dataset_bundle> load_named_folder(const data_request& x) {
  return x.options.of && !has_part(x.spec, "train")
           ? load_test_alone(x.spec)
           : load_idx_folder(x.spec, 0);
}

} // namespace

caf::expected<dataset_bundle> load_idx_folder(const std::string& folder,
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

const data_source& idx_folder_source() {
  static constexpr data_source result{
    "an existing folder with the IDX files train-images-idx3-ubyte and "
    "train-labels-idx1-ubyte (plain or .gz)",
    is_folder, load_named_folder};
  return result;
}

} // namespace ganglion
