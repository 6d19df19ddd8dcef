// The time line of a few steps of a training, from the nodes into a file: of
// one that this process runs, or of any other.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <caf/expected.hpp>

#include "runtime/hosting/session.hpp"
#include "runtime/watching/observer.hpp"

namespace ganglion::cli {

/// Records the first steps of a training of this process. Blocks while it
/// collects; changes nothing of the training.
class training_trace {
public:
  /// Has the nodes of a deployed network begin.
  static caf::expected<std::unique_ptr<training_trace>>
  begin(const session& on, std::string file, std::uint64_t steps);

  /// A step was done: after enough of them, writes the file.
  caf::error step_done();

  /// The training is over: writes the file with what there is, if it has not
  /// been written.
  caf::error finish();

private:
  training_trace(std::vector<std::string> addresses, std::string file,
                 std::uint64_t steps);

  observer on_;
  std::string file_;
  std::uint64_t steps_;
  std::uint64_t done_ = 0;
  bool written_ = false;
};

} // namespace ganglion::cli
