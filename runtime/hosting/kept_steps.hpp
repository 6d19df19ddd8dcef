// Steps that a run keeps on one node: gathers what the node's groups copied of
// each, and writes it as shards once all is there. Owned by the node's storage,
// on its thread. It commits nothing, and tells nobody.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <caf/error.hpp>

#include "metadata/messages/local_messages.hpp"
#include "metadata/messages/messages.hpp"
#include "metadata/values/buffer_reserve.hpp"
#include "runtime/hosting/snapshot_runs.hpp"
#include "runtime/model_store/files/file_system.hpp"

namespace ganglion {

class kept_steps {
public:
  explicit kept_steps(std::shared_ptr<file_system> files);

  /// A run keeps steps from now on; what is there of another one is dropped.
  void begin(open_local target);

  /// The run is over, unless another one has begun.
  void end(std::uint64_t run);

  /// What the run said of itself; there is one whenever `add` gave something.
  [[nodiscard]] const open_local& target() const {
    return *target_;
  }

  struct written_step {
    /// Without the failure.
    shards_written report;
    caf::error why;
  };

  /// Takes what a group copied. With the last copy of a step, writes the step,
  /// and says what came of that.
  std::optional<written_step> add(snapshot& x);

private:
  /// Copies of one step.
  struct gathered {
    snapshots parts;
    std::uint64_t neurons = 0;
  };

  void reserve(const snapshots& all);
  [[nodiscard]] caf::error check_finite(const snapshots& all,
                                        std::uint64_t step) const;
  caf::error write(snapshots& all, std::uint64_t step,
                   std::vector<shard_entry>& out);

  std::shared_ptr<file_system> files_;
  std::optional<open_local> target_;
  std::optional<buffer_reserve> copies_;
  std::map<std::uint64_t, gathered> by_step_;
};

} // namespace ganglion
