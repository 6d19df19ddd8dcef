#include "runtime/data/load_data.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <new>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/data/sources/data_source.hpp"

namespace ganglion {

namespace {

using source_maker = const data_source& (*)();

#define GANGLION_SOURCE(name) &name##_source,
constexpr auto data_sources = std::to_array<source_maker>(
  {GANGLION_DATA_SOURCES(GANGLION_SOURCE)});
#undef GANGLION_SOURCE

/// The scaling of others is their readers' own.
caf::error check_unused(const table_options& options, const std::string& spec) {
  if (options.targets.empty() && options.scaling == scaling_kind::none
      && options.label == "last")
    return {};
  return make_failure(errc::bad_argument,
                      fmt::format("--label, --targets and --scale are about "
                                  "tables, and '{}' is none: leave them out",
                                  printable_path(spec)));
}

caf::error unknown_data(const std::string& spec) {
  std::string known;
  for (std::size_t i = 0; i < data_sources.size(); ++i)
    known += fmt::format("{}{}",
                         i == 0                         ? ""
                         : i + 1 == data_sources.size() ? ", or "
                                                        : ", ",
                         data_sources[i]().what);
  return bad_source(
    fmt::format("unknown data '{}': use {}", printable_path(spec), known));
}

caf::expected<dataset_bundle> load_any(const data_request& x) {
  for (auto make : data_sources)
    if (const auto& source = make(); source.names(x.spec)) {
      if (!source.has_columns)
        if (auto err = check_unused(x.options.table, x.spec))
          return err;
      return source.load(x);
    }
  return unknown_data(x.spec);
}

} // namespace

caf::error bad_source(std::string text) {
  return make_failure(errc::bad_data, std::move(text));
}

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

bool is_file_with(std::string spec,
                  std::initializer_list<std::string_view> endings) {
  if (is_folder(spec))
    return false;
  if (has_ending(spec, ".gz"))
    spec.resize(spec.size() - 3);
  return std::ranges::any_of(endings,
                             [&](auto x) { return has_ending(spec, x); });
}

std::string recorded_name(const std::string& spec) {
  std::error_code code;
  for (std::string_view prefix : {"text:", "tokens:"})
    if (spec.starts_with(prefix))
      return std::string{prefix} + recorded_name(spec.substr(prefix.size()));
  if (!std::filesystem::exists(spec, code))
    return spec;
  auto path = std::filesystem::absolute(spec, code).lexically_normal();
  return code ? spec : path.string();
}

caf::expected<dataset_bundle> load_data(std::string_view spec,
                                        std::uint64_t seed,
                                        const data_options& options) {
  // What a user's file or sizes ask for may be more than there is.
  try {
    return load_any({std::string{spec}, seed, options});
  } catch (const std::bad_alloc&) {
    return bad_source(
      fmt::format("the data '{}' does not fit in memory: use fewer "
                  "samples or a larger machine",
                  spec));
  }
}

} // namespace ganglion
