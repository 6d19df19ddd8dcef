// Which rows of sequences a deployed network may be given: how far each
// conversation has come since the weights last changed. Where heads keep what
// earlier rows gave is theirs to know; this is what keeps a program's mistake
// from ending the run. A value of the engine's.
#pragma once

#include <cstdint>
#include <map>
#include <span>

#include <caf/error.hpp>

#include "metadata/layers/row_layout.hpp"
#include "metadata/network/network.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

class conversation_book {
public:
  /// Checks the rows of an inference, or of a training step, where nothing is
  /// kept, and notes how far they go. `starts`, sorted, are the rows with which
  /// a flow begins; conversations are numbered below `most`. Nothing of
  /// networks that read no tokens. Errors: bad_data naming the row and what is
  /// wrong with it; not_found where earlier rows of a conversation are not
  /// there (any more). Then nothing is noted.
  caf::error take(const network& net, const tensor& samples, bool training,
                  std::span<const std::uint64_t> starts,
                  std::uint64_t most = most_conversations);

  /// Weights, or where they are, have changed.
  void clear() {
    lengths_.clear();
  }

private:
  [[nodiscard]] std::uint64_t length_of(std::uint64_t number) const {
    auto i = lengths_.find(number);
    return i != lengths_.end() ? i->second : 0;
  }

  std::map<std::uint64_t, std::uint64_t> lengths_;
};

} // namespace ganglion
