// Reads what a node's groups have of a commit, a piece at a time, so that what
// is under way is small beside the share: parameters of neighbours together, in
// the order of the groups. For one thread; sends nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "metadata/messages/local_messages.hpp"
#include "runtime/model_store/store/model_reader.hpp"

namespace ganglion {

class share_reader {
public:
  /// For the groups of `asked` on this node. Errors: not_found where it is
  /// another model at that path, or has no such commit; those of
  /// model_reader::open.
  static caf::expected<share_reader> open(file_system& files, std::string path,
                                          const load_local& asked);

  /// What a group is told.
  struct part {
    caf::actor group;
    store what;
  };

  [[nodiscard]] bool done() const noexcept {
    return next_ == groups_.size();
  }

  /// The next piece, for one group or several; none of what is not done has
  /// been read. Errors: bad_model of a shard.
  caf::expected<std::vector<part>> read();

private:
  share_reader(model_reader from, manifest what, const load_local& asked);

  [[nodiscard]] std::span<const group_route> first_run() const;
  std::vector<part> without_parameters(std::span<const group_route> run);

  model_reader from_;
  manifest what_;
  std::uint64_t run_;
  wanted_arrays wanted_;
  std::vector<group_route> groups_;
  /// The first group that is not done, and neurons up to which it has all.
  std::size_t next_ = 0;
  neuron_id read_ = 0;
};

/// The model of a path, if it is that of this network. Errors: not_found; those
/// of model_reader::open.
caf::expected<model_reader> open_model_at(file_system& files, std::string path,
                                          const std::string& network_hash);

} // namespace ganglion
