#include "actors/kernel/optimizer.hpp"

#include <array>

namespace ganglion {

optimizer optimizer_of(optimizer_kind kind) noexcept {
#define GANGLION_APPLY(name, arrays, rate, decay) &apply_##name,
  static constexpr auto optimizers = std::to_array<optimizer>(
    {GANGLION_OPTIMIZERS(GANGLION_APPLY)});
#undef GANGLION_APPLY
  return optimizers[static_cast<std::size_t>(kind)];
}

} // namespace ganglion
