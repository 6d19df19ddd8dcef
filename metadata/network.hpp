// The network: a directed graph of layers with their shapes and activations.
// Passive data without weights, placement or schedule; checked when built, and
// immutable afterwards, so that threads may share it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/serialization/access.hpp>
#include <boost/serialization/split_member.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>

#include <caf/expected.hpp>

#include "metadata/declare_enum.hpp"
#include "metadata/fields.hpp"
#include "metadata/neuron_range.hpp"

namespace ganglion {

enum class layer_kind : std::uint8_t { input, dense };

enum class activation_kind : std::uint8_t {
  identity,
  relu,
  sigmoid,
  tanh,
  gelu,
};

GANGLION_DECLARE_ENUM(layer_kind)
GANGLION_DECLARE_ENUM(activation_kind)

/// Parses "relu" and the like; the error lists what is known.
caf::expected<activation_kind> parse_activation(std::string_view text);

/// One layer. `inputs` may name several layers: the layer then has one weight
/// matrix [neurons x width of that input] for each, added in this order.
struct layer {
  std::string name;
  layer_kind kind = layer_kind::dense;
  activation_kind activation = activation_kind::identity;
  /// Neurons of the layer, at least 1.
  std::uint64_t neurons = 0;
  /// Values that each neuron yields per sample, at least 1.
  std::uint32_t values = 1;
  /// Neurons per block, the unit of summation; see metadata/blocks.hpp.
  std::uint64_t block_size = 0;
  std::vector<layer_id> inputs;

  friend bool operator==(const layer&, const layer&) = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"name", self.name}, field{"kind", self.kind},
                 field{"activation", self.activation},
                 field{"neurons", self.neurons}, field{"values", self.values},
                 field{"block_size", self.block_size},
                 field{"inputs", self.inputs});
  }
};

class network {
public:
  /// An empty network, to be assigned or loaded into.
  network() = default;

  /// Checks the layers and numbers their neurons. A block size of 0 is
  /// replaced by `default_block_size`. Errors: no layer, doubled or empty
  /// names, an input layer with inputs, another layer without, an input that
  /// does not exist or is named twice, a size of 0, more than 2^48 values
  /// per sample in a layer or 2^62 in all.
  static caf::expected<network> make(std::vector<layer> layers);

  [[nodiscard]] std::span<const layer> layers() const noexcept {
    return layers_;
  }

  [[nodiscard]] const layer& at(layer_id id) const {
    return layers_[id];
  }

  /// All neurons of a layer.
  [[nodiscard]] neuron_range range_of(layer_id id) const {
    return range_between(first_ids_[id], first_ids_[id + 1]);
  }

  /// All neurons, the inputs included.
  [[nodiscard]] std::uint64_t neuron_count() const noexcept {
    return first_ids_.empty() ? 0 : first_ids_.back();
  }

  /// Neurons that have weights, which is what a distributor divides.
  [[nodiscard]] std::uint64_t placeable_count() const noexcept;

  /// Values per sample that a layer yields: neurons x values per neuron.
  [[nodiscard]] std::uint64_t width_of(layer_id id) const {
    return layers_[id].neurons * layers_[id].values;
  }

  /// Values per sample that each neuron of a layer takes in.
  [[nodiscard]] std::uint64_t fan_in(layer_id id) const;

  /// Weights and biases of one neuron of a layer; 0 for inputs.
  [[nodiscard]] std::uint64_t parameters_per_neuron(layer_id id) const;

  /// Layers that take `id` as an input, in order of declaration.
  [[nodiscard]] std::span<const layer_id> consumers_of(layer_id id) const {
    return consumers_[id];
  }

  /// The layer that owns a neuron, in O(log layers).
  [[nodiscard]] caf::expected<layer_id> layer_of(neuron_id id) const;

  /// A layer by name, or by number ("1"); the error lists the names.
  [[nodiscard]] caf::expected<layer_id> find(std::string_view name) const;

  friend bool operator==(const network& a, const network& b) {
    return a.layers_ == b.layers_;
  }

  /// Only the layers are stored; numbering follows from them on loading.
  template <class Inspector>
  friend bool inspect(Inspector& f, network& x) {
    auto get = [&x]() -> const std::vector<layer>& { return x.layers_; };
    auto set = [&x](std::vector<layer> layers) {
      auto made = make(std::move(layers));
      if (!made)
        return false;
      x = std::move(*made);
      return true;
    };
    return f.object(x).fields(f.field("layers", get, set));
  }

  /// Boost's side of the same.
  template <class Archive>
  void save(Archive& ar, unsigned /*version*/) const {
    ar << layers_;
  }

  template <class Archive>
  void load(Archive& ar, unsigned /*version*/) {
    std::vector<layer> layers;
    ar >> layers;
    assign_loaded(std::move(layers));
  }

  BOOST_SERIALIZATION_SPLIT_MEMBER()

private:
  friend class boost::serialization::access;

  /// Throws boost::archive::archive_exception where `make` finds an error.
  void assign_loaded(std::vector<layer> layers);

  std::vector<layer> layers_;
  /// First neuron of each layer, and one past the last neuron at the end.
  std::vector<neuron_id> first_ids_;
  std::vector<std::vector<layer_id>> consumers_;
};

/// A multi-layer perceptron. "mlp:784-256-128-10" or with an activation for
/// the hidden layers "mlp:784-256-128-10:gelu" (default relu; the output layer
/// has identity). Layers are named input, hidden1, ..., output. `block_size`
/// applies to every layer; 0 takes the default of each.
caf::expected<network> parse_network(std::string_view text,
                                     std::uint64_t block_size = 0);

/// Layers in an order in which every layer follows its inputs; an error that
/// names the layers where there is a loop.
caf::expected<std::vector<layer_id>> topological_order(const network& net);

/// The one layer that feeds no other: the error names them where there are
/// none or several. This is where a loss attaches.
caf::expected<layer_id> output_layer(const network& net);

/// Inputs of the network, in order of declaration.
std::vector<layer_id> input_layers(const network& net);

/// SHA-256 of the canonical text form, in hexadecimal.
std::string fingerprint(const network& net);

} // namespace ganglion
