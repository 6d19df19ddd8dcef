#include "actors/kernel/optimizer.hpp"

namespace ganglion {

optimizer optimizer_of(optimizer_kind kind) noexcept {
  switch (kind) {
    case optimizer_kind::momentum:
      return apply_momentum;
    case optimizer_kind::adam:
      return apply_adam;
    case optimizer_kind::adamw:
      return apply_adamw;
    case optimizer_kind::sgd:
      break;
  }
  return apply_sgd;
}

} // namespace ganglion
