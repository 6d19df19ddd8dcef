// The project's error codes, and errors that carry the neurons, layers and
// nodes they speak of. Errors travel as caf::error; `explain` gives the text
// that a user reads: what is wrong, then what to change.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <caf/error.hpp>
#include <caf/is_error_code_enum.hpp>

#include "metadata/fields.hpp"
#include "metadata/messages/type_ids.hpp"
#include "metadata/network/neuron_range.hpp"
#include "metadata/text/declare_enum.hpp"

namespace ganglion {

enum class errc : std::uint8_t {
  /// Never used: 0 means success.
  none = 0,
  /// A value or a text that the user gave makes no sense.
  bad_argument,
  /// The network's graph is not acceptable.
  bad_network,
  /// A placement misses or doubles neurons, or names unknown nodes.
  bad_placement,
  /// A data file is missing, truncated, oversized or holds bad values.
  bad_data,
  /// A saved model cannot be read.
  bad_model,
  /// A name (layer, node, neuron) is not known.
  not_found,
  /// Another engine uses the node.
  busy,
  /// No connection could be made.
  unreachable,
  /// Protocol, type table or arithmetic differ.
  incompatible,
  /// A node died, hung or left.
  node_lost,
  /// Somebody broke the protocol.
  protocol,
  /// The operating system refused (port in use, disk full, ...).
  system,
  /// The run was cancelled.
  cancelled,
  /// Another writer has taken over the model.
  lost_lease,
  /// A share no longer knows an open file or directory: try again.
  stale,
  /// Somebody hangs, or a message was lost: nothing moved for some seconds.
  stalled,
  /// Loss or weights of a training are not finite any more.
  diverged,
};

GANGLION_DECLARE_ENUM(errc)

/// What an error says and what it speaks of.
struct error_details {
  std::string text;
  std::vector<neuron_range> ranges;
  std::vector<std::string> layers;
  std::vector<std::string> nodes;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"text", self.text}, field{"ranges", self.ranges},
                 field{"layers", self.layers}, field{"nodes", self.nodes});
  }
};

/// An error with a text and nothing else to carry.
caf::error make_failure(errc code, std::string text);

/// An error with all its details.
caf::error make_failure(errc code, error_details details);

/// bad_argument: "a momentum of 2 is out of range: choose one from 0 to below
/// 1".
caf::error out_of_range(std::string_view what, double value,
                        std::string_view wanted);

/// The details of an error of ours; of a foreign one, only its text.
error_details details_of(const caf::error& err);

/// The text for users, without a trailing newline.
std::string explain(const caf::error& err);

} // namespace ganglion

CAF_ERROR_CODE_ENUM(ganglion::errc)
