// What follows from a layer's kind: one stateless object for each, found by
// `rule_of`. The rest of the project asks these and names no kind. Arithmetic
// is not here, see actors/kernel/layer_math.hpp. Free of locks: nothing
// changes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "metadata/layers/parameter_part.hpp"
#include "metadata/layers/row_normalisation.hpp"
#include "metadata/network/network.hpp"

namespace ganglion {

struct row_limits;

/// Is told of neurons that are read, and by how many neurons each of them is.
using read_visitor = std::function<void(neuron_range, std::uint64_t)>;

class layer_rule {
public:
  virtual ~layer_rule() = default;

  /// What is wrong with a layer, if anything is: "needs one input". Names,
  /// sizes and the existence of inputs are checked before.
  [[nodiscard]] virtual std::string problem(const network& net,
                                            layer_id id) const = 0;

  /// Whether the engine gives the values; such a layer has no inputs, and is
  /// placed nowhere.
  [[nodiscard]] virtual bool given() const {
    return false;
  }

  /// Whether gradients go back through it, and its parameters change.
  [[nodiscard]] virtual bool trainable() const {
    return true;
  }

  /// Whether its neurons add what they give to a row that passes by: the more
  /// such layers, the larger the row becomes.
  [[nodiscard]] virtual bool adds_to_row() const {
    return false;
  }

  /// Whether its neurons are wired one by one, see metadata/network/wiring.hpp.
  [[nodiscard]] virtual bool wired() const {
    return false;
  }

  /// How it normalises a row, where that is what it does. Such a layer may do
  /// without inputs: then it stands, and others normalise what they read by
  /// what it yields, see network::stands.
  [[nodiscard]] virtual std::optional<row_normalisation>
  normalisation(const layer& x) const;

  /// Whether the row that it reads first may be normalised by a layer that
  /// stands, which it then names last among its inputs.
  [[nodiscard]] virtual bool may_normalise() const {
    return false;
  }

  /// Neurons per block; layer::block_size of 0 asks for what is usual.
  [[nodiscard]] virtual std::uint64_t block(const layer& x) const;

  /// Neurons per group where nobody says; 0: as threads want it.
  [[nodiscard]] virtual std::uint64_t usual_group() const {
    return 0;
  }

  /// The parameters of a neuron, in the order of its row; none where it has
  /// none.
  [[nodiscard]] virtual std::vector<parameter_part> parts(const network& net,
                                                          layer_id id) const;

  /// Values per sample that a neuron takes in; the largest, where they differ.
  [[nodiscard]] virtual std::uint64_t fan_in(const network& net,
                                             layer_id id) const;

  /// Parameters of neurons without what fills rows up, at most 2^64 - 1.
  [[nodiscard]] virtual std::uint64_t used(const network& net, layer_id id,
                                           neuron_range range) const;

  /// Values that a neuron keeps of each position of a sequence that it has
  /// read.
  [[nodiscard]] virtual std::uint64_t kept_values(const layer&) const {
    return 0;
  }

  /// The neurons that `range` reads.
  virtual void each_read(const network& net, layer_id id, neuron_range range,
                         const read_visitor& visit) const;

  /// What the numbers in layer::settings are.
  [[nodiscard]] virtual std::span<const std::string_view> settings() const {
    return {};
  }

  /// What the numbers of the rows may be that it reads, where it reads tokens;
  /// see metadata/layers/row_layout.hpp.
  [[nodiscard]] virtual std::optional<row_limits> limits(const layer& x) const;

  /// A layer that a network's text names between its sizes, such as pool2,
  /// over the layer before; nothing where the word is not this kind's. Name,
  /// inputs and block size are for the caller to fill in. Errors: bad_argument.
  [[nodiscard]] virtual std::optional<caf::expected<layer>>
  parse(std::string_view word, const layer& before) const;

  /// What tells it from its neighbours, in one word: the activation, where
  /// there is a choice of one, else the kind.
  [[nodiscard]] virtual std::string word(const layer& x) const;

  /// For people: "relu, blocks of 16".
  [[nodiscard]] virtual std::string describe(const layer& x) const;
};

/// Whether there is such a kind: what an archive or a program says may not be.
bool is_known(layer_kind kind) noexcept;

/// The kind must be known.
const layer_rule& rule_of(layer_kind kind);

inline const layer_rule& rule_of(const layer& x) {
  return rule_of(x.kind);
}

/// All kinds, in the order of their list.
std::span<const layer_kind> all_layer_kinds();

#define GANGLION_DECLARE_RULE(name) const layer_rule& name##_rule();
GANGLION_LAYER_KINDS(GANGLION_DECLARE_RULE)
#undef GANGLION_DECLARE_RULE

// -- for rules ----------------------------------------------------------------

/// What is wrong with a layer that normalises a row of one value a neuron, or
/// stands; empty where nothing is. `yields`: values per neuron of one that
/// stands.
std::string problem_of_norm(const network& net, layer_id id,
                            std::uint32_t yields);

/// What is wrong with a layer that reads one other, of one value a neuron, and
/// has no activation; empty where nothing is.
std::string problem_of_reader(const network& net, layer_id id);

/// The number after `prefix`, where a word begins so: 0.1 of "drop0.1".
std::optional<double> number_after(std::string_view prefix,
                                   std::string_view word);

} // namespace ganglion
