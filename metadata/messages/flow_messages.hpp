// How an engine finds out who owes what, once nothing moves any more: which
// actors of a node are through with a micro-batch. Asked for only then. Plain
// values; what is concluded from them is in metadata/messages/who_owes.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metadata/fields.hpp"
#include "metadata/network/network.hpp"
#include "metadata/network/neuron_range.hpp"
#include "metadata/placement/cluster_view.hpp"
#include "metadata/text/declare_enum.hpp"

namespace ganglion {

/// What is an actor of its own on a node.
enum class part_kind : std::uint8_t { group, relay, loss, node, storage };

GANGLION_DECLARE_ENUM(part_kind)

/// One actor of a deployment on one node.
struct deployment_part {
  part_kind kind = part_kind::node;
  /// Of a group its own, of a relay the one whose outputs it gathers.
  layer_id layer = 0;
  /// Of a group.
  neuron_range range;

  friend bool operator==(const deployment_part&, const deployment_part&)
    = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"kind", self.kind}, field{"layer", self.layer},
                 field{"range", self.range});
  }
};

/// "neurons 10-20 of layer 'hidden1'", "the relay of layer 'input'", "the
/// loss".
std::string to_string(const deployment_part& x, const network& net);

/// A kind and a number of that kind on its node (of a group its place in ID
/// order, of a relay its layer) in one number that is not 0, and back.
constexpr std::uint32_t work_code(part_kind kind,
                                  std::uint32_t index) noexcept {
  return (static_cast<std::uint32_t>(kind) + 1) << 28 | (index & 0xFFFFFFF);
}

constexpr part_kind kind_of(std::uint32_t code) noexcept {
  return static_cast<part_kind>((code >> 28) - 1);
}

constexpr std::uint32_t index_of(std::uint32_t code) noexcept {
  return code & 0xFFFFFFF;
}

/// How far an actor is with one micro-batch.
struct part_state {
  deployment_part who;
  /// Its outputs, or what it gathered of them, went on.
  bool forward = false;
  /// So did what flows back. Of a loss, a node: as `forward`.
  bool backward = false;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"who", self.who}, field{"forward", self.forward},
                 field{"backward", self.backward});
  }
};

/// Asks a node how far its actors are with a micro-batch. Answered by
/// `flow_state`, soon: who does not answer the node is not in it.
struct fetch_flow {
  std::uint64_t run = 0;
  std::uint64_t sequence = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"sequence", self.sequence});
  }
};

struct flow_state {
  std::vector<part_state> parts;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"parts", self.parts});
  }
};

} // namespace ganglion
