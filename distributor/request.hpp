// What a user asks of the distributor: a strategy with its arguments. Plain
// data, and the parser of its text form, `--by`. It knows no network and opens
// no file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <caf/expected.hpp>

#include "metadata/neuron_range.hpp"

namespace ganglion {

/// Neurons per node, in the order of the nodes; one entry may be `rest`.
struct by_count {
  /// No value stands for `rest`.
  std::vector<std::optional<std::uint64_t>> counts;
};

/// Percent of the neurons per node, in the order of the nodes.
struct by_percentage {
  std::vector<double> shares;
  /// To the nearest neuron instead of the nearest block border.
  bool exact = false;
};

/// Neurons per node, by name: ranges of IDs, and as find_neurons reads them.
struct by_identifiers {
  struct entry {
    std::string node;
    std::vector<neuron_range> ranges;
    std::vector<std::string> neurons;
  };
  std::vector<entry> entries;
};

/// Layers per node, by name or number; no entries: contiguous layers balanced
/// by the number of weights.
struct by_layers {
  struct entry {
    std::string node;
    std::vector<std::string> layers;
  };
  std::vector<entry> entries;
};

/// What counts and percentages apply to.
enum class partition_scope : std::uint8_t { network, layer };

struct partition_request {
  std::variant<by_count, by_percentage, by_identifiers, by_layers> strategy;
  partition_scope within = partition_scope::network;
};

/// Parses `count=200,150,rest`, `percentage=50,30,20`,
/// `identifiers=a:784-900+950,b:901-949` or `a:hidden1[0..9]+AVAL`,
/// `layers=a:1+2,b:3`, or `layers`. `exact` applies to percentages; `within` is
/// "", "network" or "layer".
caf::expected<partition_request> parse_request(std::string_view text,
                                               bool exact = false,
                                               std::string_view within = "");

/// Parses one entry of identifiers, `a:784-900+950`, into `result`.
caf::error add_identifiers(by_identifiers& result, std::string_view text);

} // namespace ganglion
