// What a kind of data is made of: how its name is told from others, and how it
// is loaded. For the files of this folder and load_data.cpp, which asks each in
// the order of the list.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "runtime/data/load_data.hpp"

/// One is a line here, and a file named after it. Who comes first is asked
/// first, and named first where nobody knows the data.
// clang-format off
#define GANGLION_DATA_SOURCES(source)                                          \
  source(text)                                                                 \
  source(tokens)                                                               \
  source(fashion_mnist)                                                        \
  source(idx_folder)                                                           \
  source(fann)                                                                 \
  source(table)                                                                \
  source(generated)
// clang-format on

namespace ganglion {

struct data_request {
  /// What the user named.
  std::string spec;
  std::uint64_t seed = 0;
  const data_options& options;
};

struct data_source {
  /// For users who named something else: "fashion-mnist".
  std::string_view what;
  /// Whether the name is one of its own; what is there may be looked into.
  bool (*names)(const std::string& spec);
  caf::expected<dataset_bundle> (*load)(const data_request& x);
  /// Whether labels, targets and scaling may be chosen.
  bool has_columns = false;
};

#define GANGLION_DECLARE_SOURCE(name) const data_source& name##_source();
GANGLION_DATA_SOURCES(GANGLION_DECLARE_SOURCE)
#undef GANGLION_DECLARE_SOURCE

// -- for sources --------------------------------------------------------------

/// Of bad_data.
caf::error bad_source(std::string text);

/// Whether it is no folder and ends so, in upper or lower case, plain or with
/// .gz appended.
bool is_file_with(std::string spec,
                  std::initializer_list<std::string_view> endings);

bool is_folder(const std::string& path);

/// The windows of a text, checked. `classes`: tokens that there are. Errors:
/// bad_data where there is no window, or texts are not learned from;
/// bad_argument where it was not said how long one is.
caf::expected<dataset_bundle> load_windows(const data_request& x,
                                           std::vector<token_id> tokens,
                                           std::uint64_t classes);

/// What --tokenizer names, as text. Errors: bad_data.
caf::expected<std::string> read_tokenizer(const std::string& path);

/// Images and labels of a folder, and those for the test where there are some.
/// `classes` is how many there are; 0: as the labels say.
caf::expected<dataset_bundle> load_idx_folder(const std::string& folder,
                                              std::uint64_t classes);

} // namespace ganglion
