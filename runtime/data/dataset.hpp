// Labelled samples in memory, and what is done to them as a whole: checked
// against a network, gathered into batches, divided for validation. Passive
// data that shares immutable tensors, so copies are cheap and threads may read
// them at once. It knows no files; see load_data.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <caf/error.hpp>

#include "metadata/network/network.hpp"
#include "metadata/training/data_description.hpp"
#include "metadata/values/tensor.hpp"
#include "runtime/data/tokens/token_windows.hpp"

namespace ganglion {

/// Labels are below this, whatever the source: each is exact as a float.
inline constexpr std::uint64_t max_classes = 65536;

struct dataset {
  /// What messages call it.
  std::string name;
  /// [samples x features]; all values are finite, and samples fewer than 2^32.
  tensor samples;
  /// [samples x 1] class numbers, whole and below `classes`; or [samples x
  /// values] values to be learned; or nothing, where it is not known what the
  /// network should answer.
  tensor labels;
  /// Of a text, instead of samples and labels: a sample is one of these.
  token_windows windows;
  /// A tokenizer.json for who is to go on with such a text; null: none is
  /// known.
  std::shared_ptr<const std::string> tokenizer;
  /// Of a text, the tokens that there are.
  std::uint64_t classes = 0;
  /// Of a regression, per sample; else 0.
  std::uint64_t values = 0;
  /// One per class, or none.
  std::vector<std::string> class_names;
  /// In pixels, row by row in a sample; 0 where samples are no images.
  std::uint32_t image_rows = 0;
  std::uint32_t image_columns = 0;
  /// What belongs to a model that is trained with it.
  data_description description;
  /// What was found out by guessing, and may be wrong: for people.
  std::vector<std::string> notes;

  [[nodiscard]] bool labelled() const noexcept {
    return labels.rows() > 0 || is_text();
  }

  [[nodiscard]] bool is_text() const noexcept {
    return !windows.empty();
  }

  /// Number of samples.
  [[nodiscard]] std::size_t size() const noexcept {
    return is_text() ? windows.size() : samples.rows();
  }
};

/// Parts that agree in features and classes.
struct dataset_bundle {
  dataset train;
  std::optional<dataset> test;
  std::optional<dataset> validation;
};

/// Whether `net` can train on `data` in batches of `batch` samples. Errors: the
/// network has not one input layer and one output layer, its input layer does
/// not have the width of a sample, or reads no tokens, fewer of them or fewer
/// positions than a text has, its output layer is narrower than there are
/// classes or has another width than there are values, samples have no labels,
/// the batch is 0 or larger than the data.
caf::error check_fits(const network& net, const dataset& data,
                      std::uint64_t batch);

/// The same for being asked about the data, which may have no labels.
caf::error check_asked(const network& net, const dataset& data);

/// SHA-256 over shape, samples and labels, in hexadecimal: whether a training
/// goes on with the data that it began with.
std::string fingerprint(const dataset& data);

/// Copies rows, each below from.rows(), in the order given, into a tensor
/// [rows.size() x from.columns()].
tensor gather(const tensor& from, std::span<const std::uint32_t> rows);

/// Of samples by number, in the order given. `shift`: of a text's windows.
labelled_rows rows_of(const dataset& data,
                      std::span<const std::uint32_t> numbers,
                      std::uint64_t shift);

/// Moves round(fraction x samples) of the training samples to `validation`;
/// which ones follows from the seed alone. Both parts keep the order of the
/// samples. Of a text, these are its last tokens. A fraction of 0 changes
/// nothing. Errors, which leave the data unchanged: a fraction outside [0, 1),
/// a part without samples, or a bundle that has validation samples already.
caf::error hold_back(dataset_bundle& data, double fraction, std::uint64_t seed);

} // namespace ganglion
