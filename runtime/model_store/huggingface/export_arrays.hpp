// The arrays of a language model as Hugging Face's files have them, made of a
// commit's parameters: the inverse of what import does, by the same table. What
// the format cannot say is an error. Refers to what it reads from; for one
// thread; at most one array is in memory, and it writes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "runtime/model_store/exchange/export.hpp"
#include "runtime/model_store/huggingface/network.hpp"

namespace ganglion {

/// One array, and the parts of a layer that are in it.
struct hf_array {
  std::string name;
  layer_id layer = 0;
  std::vector<hf_source> parts;
};

class hf_arrays {
public:
  /// `from` outlives this, and its network is that of the configuration.
  hf_arrays(const export_source& from, hf_config config);

  /// Looks whether logits and embedding are still equal to the bit where the
  /// configuration says that they are one, and has two arrays from then on
  /// where they are not. Errors: those of `read`.
  caf::error look_at_tied();

  /// With what `look_at_tied` found.
  [[nodiscard]] const hf_config& config() const noexcept {
    return config_;
  }

  /// What is to be written, layer by layer.
  [[nodiscard]] std::vector<hf_array> list() const;

  /// As a file has it.
  [[nodiscard]] std::vector<std::uint64_t> shape_of(const hf_array& x) const;

  /// All values. Errors: bad_argument naming what the format has no array for
  /// and is not zero, or has one of for all heads while these differ; those of
  /// reading.
  [[nodiscard]] caf::expected<std::vector<float>> read(const hf_array& x) const;

private:
  using row_visitor
    = std::function<caf::error(std::uint64_t neuron, std::span<const float>)>;

  /// A part's values in a neuron's row.
  [[nodiscard]] std::span<const float>
  own_values(const hf_source& x, std::span<const float> row) const;

  [[nodiscard]] std::string name_of(const hf_source& x) const;

  /// An error where a row has something that no array takes.
  [[nodiscard]] caf::error check_zeros(layer_id layer, std::uint64_t neuron,
                                       std::span<const float> row) const;

  [[nodiscard]] caf::error not_shared(const hf_source& x,
                                      std::uint64_t neuron) const;

  /// Calls `f` with each row of a layer's parameters, once it is checked.
  [[nodiscard]] caf::error each_row(layer_id layer, const row_visitor& f) const;

  const export_source& from_;
  hf_config config_;
  std::vector<hf_source> sources_;
};

} // namespace ganglion
