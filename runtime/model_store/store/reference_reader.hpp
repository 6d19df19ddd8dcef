// Reads the values that a reference refers to, from the files that hold them:
// of each array, what the neurons own. Values of half the width become float32.
// For one thread; nothing is written.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "runtime/model_store/files/file_system.hpp"
#include "runtime/model_store/store/weights_reference.hpp"

namespace ganglion {

/// A file as it is now, named for a model at `dir`, for a reference to it.
/// Errors: system.
caf::expected<referenced_file>
refer_to(file_system& files, const std::string& dir, const std::string& path);

class reference_reader {
public:
  /// Opens the files, at the place that they have as seen from the model, or
  /// where they were. Errors: bad_model naming one that is missing or is not
  /// what it was.
  static caf::expected<reference_reader>
  open(file_system& files, const std::string& dir, weights_reference what);

  [[nodiscard]] const weights_reference& what() const noexcept {
    return what_;
  }

  /// The parameters of neurons of the layer: [range.count x columns]. Errors:
  /// bad_model naming file and offset, system.
  caf::error read_rows(neuron_range range, std::span<float> out);

  /// Reads everything, to see that it can be. The files have no checksums.
  caf::error verify();

private:
  explicit reference_reader(weights_reference what) : what_(std::move(what)) {
    // nop
  }

  struct open_file {
    std::string path;
    std::unique_ptr<input_file> file;
  };

  /// The columns of a part in the rows of neurons.
  struct part_columns {
    float* first = nullptr;
    std::uint64_t stride = 0;

    float* operator()(std::uint64_t neuron) const noexcept {
      return first + neuron * stride;
    }
  };

  caf::error read_part(const referenced_part& x, neuron_range range,
                       part_columns to);
  caf::error read_transposed(const referenced_part& x, std::uint64_t first,
                             std::uint64_t neurons, part_columns to);
  caf::error read_run(const referenced_part& x, std::uint64_t first,
                      std::span<float> out);

  weights_reference what_;
  std::vector<open_file> files_;
};

} // namespace ganglion
