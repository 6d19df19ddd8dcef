// A table, a sample per record, see runtime/data/csv.hpp.
#include "runtime/data/csv.hpp"
#include "runtime/data/sources/data_source.hpp"

namespace ganglion {

namespace {

bool is_table(const std::string& spec) {
  // Files of FANN's endings that are no such files may be tables, too.
  return is_file_with(spec,
                      {".csv", ".tsv", ".txt", ".train", ".test", ".data"});
}

caf::expected<dataset_bundle> load_table(const data_request& x) {
  const auto& options = x.options;
  auto train = read_csv(x.spec, options.table,
                        options.of ? &*options.of : nullptr);
  if (!train)
    return train.error();
  return dataset_bundle{std::move(*train), std::nullopt, std::nullopt};
}

} // namespace

const data_source& table_source() {
  static constexpr data_source result{
    "a table .csv, .tsv or .txt (label last, or --label)", is_table, load_table,
    true};
  return result;
}

} // namespace ganglion
