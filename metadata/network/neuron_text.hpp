// How users write neurons: `hidden1[5]`, `hidden1[0..3]`, `hidden1`, `9`,
// `9-12`, or a neuron's own name. Pure functions; the command line, `--by` and
// the prompt read all their neurons with them.
#pragma once

#include <string_view>

#include <caf/expected.hpp>

#include "metadata/network/network.hpp"

namespace ganglion {

/// Numbers from 0, "5", "0..3" or "0-3" (3 included), counted from the first of
/// `within`. `separator` is what errors show, and `whole` the text they quote.
/// Errors: bad_argument.
caf::expected<neuron_range> parse_indexes(std::string_view text,
                                          std::string_view separator,
                                          neuron_range within,
                                          std::string_view whole);

/// Neurons of one layer ("hidden1[0..3]", "hidden1"), numbers over all layers
/// ("9", "9-12"), or a name that the network gives a neuron. Errors, which say
/// what there is: bad_argument.
caf::expected<neuron_range> find_neurons(const network& net,
                                         std::string_view text);

} // namespace ganglion
