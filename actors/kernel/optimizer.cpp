#include "actors/kernel/optimizer.hpp"

namespace ganglion {

optimizer optimizer_of(optimizer_kind kind) noexcept {
  switch (kind) {
    case optimizer_kind::momentum:
      return {1, apply_momentum};
    case optimizer_kind::adam:
      return {2, apply_adam};
    case optimizer_kind::sgd:
      break;
  }
  return {0, apply_sgd};
}

} // namespace ganglion
