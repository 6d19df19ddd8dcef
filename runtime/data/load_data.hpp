// Finds out what data a user names and loads it, all of it, into memory. A pure
// function of files and arguments; downloads nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "runtime/data/csv.hpp"
#include "runtime/data/dataset.hpp"

namespace ganglion {

/// Where Debian's package dataset-fashion-mnist puts its files.
inline constexpr std::string_view fashion_mnist_folder
  = "/usr/share/datasets/fashion-mnist";

/// How a text becomes tokens and windows of them.
struct window_options {
  /// Tokens of a window; 0: it was not said.
  std::uint64_t context = 0;
  /// A tokenizer.json, a folder that has one, or "bytes" for all 256 of them;
  /// empty: the bytes that are in the text.
  std::string tokenizer;
  /// Instead: what such a file says.
  std::shared_ptr<const std::string> known = {};
};

struct data_options {
  table_options table;
  /// Of the model that is to be asked about the data; else none.
  std::optional<model_data> of;
  /// Where texts may be learned from; else none.
  std::optional<window_options> windows = {};
};

/// `spec` is one of
/// - "fashion-mnist": 60000 + 10000 images of 28 x 28 pixels in 10 classes,
///   from Debian's package dataset-fashion-mnist;
/// - a folder with the IDX files train-images-idx3-ubyte and
///   train-labels-idx1-ubyte, and optionally t10k-images-idx3-ubyte and
///   t10k-labels-idx1-ubyte for the test (or with a dot before "idx"), each
///   plain or with .gz appended; to ask a model, those for the test are enough;
/// - the path of a table, .csv, .tsv or .txt, see csv.hpp;
/// - the path of a file in FANN's format, .train, .test or .data, see fann.hpp;
///   beside FILE.train, FILE.test is for the test;
/// - "text:FILE", a text, or "tokens:FILE", numbers of tokens, see
///   token_numbers.hpp: windows to be learned from;
/// - "generate:SAMPLESxFEATURESxCLASSES", see generate.hpp; the only one to use
///   the seed.
/// Files may be compressed, with .gz appended, and endings in upper case.
/// Errors: any other spec, data that does not fit in memory, test samples that
/// do not fit the training samples, and those of the readers.
caf::expected<dataset_bundle> load_data(std::string_view spec,
                                        std::uint64_t seed,
                                        const data_options& options = {});

/// What a model is to remember of `spec`: a path as one that holds wherever the
/// model is resumed, anything else as it is.
std::string recorded_name(const std::string& spec);

/// Fashion-MNIST from another place than usual.
caf::expected<dataset_bundle> load_fashion_mnist(const std::string& folder);

} // namespace ganglion
