// The file of predictions that ganglion predict writes: a line per sample, as
// CSV or as JSON. A regular file appears under its name when it is complete, so
// that who reads it meanwhile finds the one before.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "runtime/data/dataset.hpp"
#include "runtime/model_store/files/writable_file.hpp"

namespace ganglion::cli {

/// Softmax of a sample's outputs: what cross-entropy takes them for.
std::vector<double> probabilities_of(std::span<const float> outputs);

struct prediction_format {
  /// An object per line, instead of CSV with a line of names.
  bool json = false;
  /// Raw outputs of the network as well.
  bool outputs = false;
  /// And the probability of each class: softmax of the outputs.
  bool probabilities = false;
};

class prediction_file {
public:
  /// "-" is standard output; an empty path takes nothing. Errors: system.
  static caf::expected<std::unique_ptr<prediction_file>>
  make(const std::string& path, prediction_format format);

  /// Outputs [n x classes] of samples `first` and on. Classes that have names
  /// go by them; of a regression, targets and answers are shown.
  void add(const dataset& data, std::size_t first, const tensor& outputs);

  /// Errors: system.
  [[nodiscard]] caf::error finish();

private:
  explicit prediction_file(prediction_format format) : format_(format) {
    // nop
  }

  void write(std::string_view text);
  void add_names(const dataset& data, std::size_t outputs);

  prediction_format format_;
  std::optional<writable_file> out_;
  /// The first that there was.
  caf::error failure_;
};

} // namespace ganglion::cli
