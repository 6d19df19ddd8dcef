// The network: a directed graph of layers with their shapes and activations.
// Passive data without weights, placement or schedule; checked when built, and
// immutable afterwards, so that threads may share it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/serialization/access.hpp>
#include <boost/serialization/split_member.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>

#include <caf/expected.hpp>

#include "metadata/fields.hpp"
#include "metadata/layers/layer.hpp"
#include "metadata/layers/parameter_part.hpp"
#include "metadata/network/neuron_range.hpp"
#include "metadata/network/wiring.hpp"

namespace ganglion {

/// What is written of a network: its layers, the wiring of those that have one,
/// and the settings of all, in order.
struct network_parts {
  std::vector<wiring> wires;
  std::vector<layer> layers;
  std::vector<double> settings;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"wires", self.wires}, field{"layers", self.layers},
                 field{"settings", self.settings});
  }
};

class network {
public:
  /// An empty network, to be assigned or loaded into.
  network() = default;

  /// Checks the layers and numbers their neurons. A block size of 0 is
  /// replaced by `default_block_size`. Errors: no layer, doubled or empty
  /// names, an input layer with inputs, a layer without that normalises
  /// nothing, more than one such input or none at the end, an input that
  /// does not exist or is named twice, a size of 0, more than 2^48 values
  /// per sample in a layer or 2^62 in all, edges that do not fit, and what
  /// the rule of a layer's kind finds.
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

  /// Values per sample that the layer yields as the output of the network.
  [[nodiscard]] std::uint64_t answer_width(layer_id id) const;

  /// When the neurons of a wired layer compute.
  [[nodiscard]] const schedule& schedule_of(layer_id id) const {
    return schedules_[id];
  }

  /// Whether a layer computes tick by tick, reading itself.
  [[nodiscard]] bool reads_itself(layer_id id) const {
    return schedules_[id].reads_itself;
  }

  /// Values per sample that each neuron of a layer takes in; the largest, where
  /// they differ.
  [[nodiscard]] std::uint64_t fan_in(layer_id id) const;

  /// The named parts of each neuron's row of parameters, in order.
  [[nodiscard]] std::span<const parameter_part> parts_of(layer_id id) const {
    return parts_[id];
  }

  /// Length of that row; 0 for inputs, and for what has no parameters. Where a
  /// neuron has fewer, its row is filled up with zeros.
  [[nodiscard]] std::uint64_t parameters_per_neuron(layer_id id) const {
    return rows_[id];
  }

  /// Parameters of neurons of one layer, without what fills rows up; the
  /// largest number where there are more than that.
  [[nodiscard]] std::uint64_t parameters_of(layer_id id,
                                            neuron_range range) const;

  /// Whether the engine gives the values of a layer.
  [[nodiscard]] bool is_given(layer_id id) const;

  /// Whether a layer has nothing to read, and is not given: it yields one row a
  /// step, the same for all samples, by which others normalise what they read.
  [[nodiscard]] bool stands(layer_id id) const {
    return layers_[id].inputs.empty() && !is_given(id);
  }

  /// The inputs of a layer that yield a row per sample: all, but for a last one
  /// that stands.
  [[nodiscard]] std::span<const layer_id> rows_of(layer_id id) const;

  /// Whether the neurons of a layer are wired one by one.
  [[nodiscard]] bool is_wired(layer_id id) const;

  /// Other layers that take `id` as an input, in order of declaration.
  [[nodiscard]] std::span<const layer_id> consumers_of(layer_id id) const {
    return consumers_[id];
  }

  /// Whether the loss takes what a layer answers: nothing else does.
  [[nodiscard]] bool feeds_loss(layer_id id) const {
    return consumers_[id].empty();
  }

  /// The layer that owns a neuron, in O(log layers).
  [[nodiscard]] caf::expected<layer_id> layer_of(neuron_id id) const;

  /// A layer by name, or by number ("1"); the error lists the names.
  [[nodiscard]] caf::expected<layer_id> find(std::string_view name) const;

  friend bool operator==(const network& a, const network& b) {
    return a.layers_ == b.layers_;
  }

  /// What a neuron is called; empty where it has no name but its number.
  [[nodiscard]] std::string_view name_of(neuron_id id) const;

  /// The neuron of this name, in O(neurons); none where there is none.
  [[nodiscard]] std::optional<neuron_id> named(std::string_view name) const;

  [[nodiscard]] bool has_names() const {
    return !name_of(0).empty();
  }

  /// Only the layers are stored, and the wiring of some, and settings;
  /// numbering follows from them on loading.
  template <class Inspector>
  friend bool inspect(Inspector& f, network& x) {
    network_parts parts{x.wires(), x.layers_, x.settings()};
    if (!f.apply(parts))
      return false;
    if constexpr (Inspector::is_loading) {
      if (auto made = from_parts(std::move(parts))) {
        x = std::move(*made);
        return true;
      }
      f.emplace_error(caf::sec::invalid_argument);
      return false;
    }
    return true;
  }

  /// Boost's side of the same. Without wired layers, names or settings, what is
  /// written is what it was before there were any.
  template <class Archive>
  void save(Archive& ar, unsigned /*version*/) const {
    const auto layers = marked_layers();
    ar << layers;
    const auto all = wires();
    if (!all.empty())
      ar << all;
    if (has_names())
      ar << all.front().names;
    const auto numbers = settings();
    if (!numbers.empty())
      ar << numbers;
  }

  template <class Archive>
  void load(Archive& ar, unsigned /*version*/) {
    std::vector<layer> layers;
    ar >> layers;
    auto names = take_marks(layers);
    std::vector<wiring> all;
    if (has_wired(layers))
      ar >> all;
    if (names && !all.empty())
      ar >> all.front().names;
    std::vector<double> numbers;
    if (has_settings(layers))
      ar >> numbers;
    assign_loaded({std::move(all), std::move(layers), std::move(numbers)});
  }

  BOOST_SERIALIZATION_SPLIT_MEMBER()

private:
  friend class boost::serialization::access;

  /// Throws boost::archive::archive_exception where `make` finds an error.
  void assign_loaded(network_parts parts);

  static bool has_wired(const std::vector<layer>& layers);
  static bool has_settings(const std::vector<layer>& layers);

  /// An archive says by the kind of the wired layer whether names follow.
  [[nodiscard]] std::vector<layer> marked_layers() const;
  /// Throws boost::archive::archive_exception where there is another kind.
  static bool take_marks(std::vector<layer>& layers);

  /// Of the wired layers, in order.
  [[nodiscard]] std::vector<wiring> wires() const;

  /// Of all layers, in order.
  [[nodiscard]] std::vector<double> settings() const;

  static caf::expected<network> from_parts(network_parts parts);

  /// Puts them back; false where their number does not fit.
  static bool attach(network_parts& parts);

  [[nodiscard]] caf::error check_standing(layer_id id) const;
  caf::error prepare_layer(layer_id id);
  caf::error prepare_wired(layer_id id);

  std::vector<layer> layers_;
  /// First neuron of each layer, and one past the last neuron at the end.
  std::vector<neuron_id> first_ids_;
  std::vector<std::vector<layer_id>> consumers_;
  /// Of other than wired layers, as it is at first.
  std::vector<schedule> schedules_;
  std::vector<std::vector<parameter_part>> parts_;
  std::vector<std::uint64_t> rows_;
};

/// A multi-layer perceptron. "mlp:784-256-128-10" or with an activation for
/// the hidden layers "mlp:784-256-128-10:gelu" (default relu; the output layer
/// has identity). Layers are named input, hidden1, ..., output. Between sizes
/// may stand what rules of layer kinds parse,
/// "mlp:784-256-norm-128-drop0.1-10"; such layers are named after their kind,
/// norm2. `block_size` applies to every layer; 0 takes the default of each.
caf::expected<network> parse_network(std::string_view text,
                                     std::uint64_t block_size = 0);

/// Layers in an order in which every layer follows its inputs, other than
/// itself where it is wired; an error that names the layers where there is a
/// loop.
caf::expected<std::vector<layer_id>> topological_order(const network& net);

/// The one layer that feeds no other: the error names them where there are
/// none or several. This is where a loss attaches.
caf::expected<layer_id> output_layer(const network& net);

/// An error that names a layer through which no gradient goes back, if there is
/// one, and says what it is good for.
caf::error check_trainable(const network& net);

/// Inputs of the network, in order of declaration.
std::vector<layer_id> input_layers(const network& net);

/// SHA-256 of the canonical text form, in hexadecimal.
std::string fingerprint(const network& net);

} // namespace ganglion
