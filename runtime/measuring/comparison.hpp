// Compares the weights and optimizer state of two deployed networks: neuron by
// neuron through digests, so that weights stay where they are, or, where only
// closeness can be asked, by fetching them. Blocks; changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <caf/expected.hpp>

#include "runtime/hosting/session.hpp"

namespace ganglion {

struct bit_comparison {
  /// SHA-256 over all neurons' digests in ID order.
  std::string weights[2];
  std::string state[2];
  /// The first neuron whose weights or state differ.
  std::optional<neuron_id> first_difference;
};

caf::expected<bit_comparison> compare_bits(session& a, session& b);

/// Norm of the difference of all weights over the norm of all weights of `a`
/// (2-norms).
caf::expected<double> relative_difference(session& a, session& b);

/// Flips one bit (0 is the lowest) of one weight of one neuron.
caf::error flip_bit(session& on, neuron_id neuron, std::uint64_t weight,
                    unsigned bit);

} // namespace ganglion
