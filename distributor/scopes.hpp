// What strategies divide: runs of neurons, and nodes by name. Pure functions.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "distributor/strategies/strategy.hpp"

namespace ganglion {

/// Position of a node by name; the error lists the names.
caf::expected<node_index> find_node(const cluster_view& cluster,
                                    std::string_view name);

/// What is left over, in a list of neurons.
inline constexpr std::string_view rest_word = "rest";

/// Adds the neurons with weights that nobody has, where a node wants them.
/// Errors: bad_argument where several nodes do.
assignments with_rest(const network& net, std::vector<assignment> given,
                      std::span<const node_index> nodes);

/// A run of neurons with weights that is divided as one: the whole network in
/// ID order (input layers left out), or one layer. Positions count from 0.
class divided_scope {
public:
  explicit divided_scope(const network& net) : net_(net) {
    // nop
  }

  void add(layer_id id) {
    layers_.push_back(id);
    size_ += net_.at(id).neurons;
  }

  [[nodiscard]] std::uint64_t size() const noexcept {
    return size_;
  }

  [[nodiscard]] const std::vector<layer_id>& layers() const noexcept {
    return layers_;
  }

  /// Appends the neurons at positions first, ..., last - 1.
  void assign(std::uint64_t first, std::uint64_t last, node_index node,
              std::vector<assignment>& out) const;

  /// The block border nearest to a position (which may lie between two
  /// neurons), the lower one on a tie.
  [[nodiscard]] std::uint64_t nearest_block_border(double position) const;

  /// "the network" or "layer 'hidden1'".
  [[nodiscard]] std::string name() const;

private:
  const network& net_;
  std::vector<layer_id> layers_;
  std::uint64_t size_ = 0;
};

/// One scope, or one per layer.
std::vector<divided_scope> scopes_of(const network& net,
                                     partition_scope within);

} // namespace ganglion
