// What a network of sequences is given, a row for each position of a sequence:
// the token's number, its position, and which conversation the row belongs to.
// So a flow carries its row layout as the values of an input layer, and those
// who ask for it (embeddings, attention) read it as they read any layer. Plain
// values and pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "metadata/network/network.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

/// Columns of such an input.
inline constexpr std::size_t token_column = 0;
inline constexpr std::size_t position_column = 1;
/// 0: of none, a row whose sequence is in this flow from position 0 on. Others
/// are kept, position by position, until their position 0 comes again.
inline constexpr std::size_t conversation_column = 2;
inline constexpr std::size_t layout_columns = 3;

/// Conversations that are kept at once: their numbers are below this. From
/// first_own_conversation on they are the engine's, for texts that it goes on
/// with by itself.
inline constexpr std::uint64_t most_conversations = 1024;
inline constexpr std::uint64_t first_own_conversation = 512;

/// Whether a layer is such an input.
inline bool reads_layout(const network& net, layer_id id) {
  return net.is_given(id) && net.width_of(id) == layout_columns;
}

/// Numbers of a row are below this: what a float counts exactly.
inline constexpr std::uint64_t most_row_numbers = std::uint64_t{1} << 24;

/// Whether it is a whole number from 0 to below `limit`.
inline bool is_row_number(float x, std::uint64_t limit) noexcept {
  return x >= 0 && x < static_cast<float>(limit)
         && static_cast<float>(static_cast<std::uint64_t>(x)) == x;
}

/// Writes tokens that follow each other in a sequence, the first of them at
/// `position`, as the rows of `to` from `first` on. Each is an integer that a
/// float counts exactly.
void write_rows(matrix& to, std::size_t first,
                std::span<const std::uint32_t> tokens, std::uint64_t position,
                std::uint64_t conversation);

/// What the numbers of a row may be.
struct row_limits {
  /// Tokens are numbered from 0 to below this.
  std::uint64_t tokens = 0;
  /// Positions, too; 0: as many as there are.
  std::uint64_t positions = 0;
};

/// The smallest that all who read tokens allow; none where nobody reads any.
std::optional<row_limits> limits_of(const network& net);

} // namespace ganglion
