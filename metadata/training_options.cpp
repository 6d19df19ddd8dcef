#include "metadata/training_options.hpp"

#include <array>

#include "metadata/enum_text.hpp"

namespace ganglion {

namespace {

constexpr std::array<std::string_view, 4> loss_kinds{"mse", "cross-entropy",
                                                     "mae", "huber"};

constexpr std::array<std::string_view, 3> optimizer_kinds{"sgd", "momentum",
                                                          "adam"};

} // namespace

GANGLION_DEFINE_ENUM(loss_kind, loss_kinds)
GANGLION_DEFINE_ENUM(optimizer_kind, optimizer_kinds)

std::size_t state_arrays(optimizer_kind kind) noexcept {
  switch (kind) {
    case optimizer_kind::momentum:
      return 1;
    case optimizer_kind::adam:
      return max_state_arrays;
    case optimizer_kind::sgd:
      break;
  }
  return 0;
}

caf::expected<loss_kind> parse_loss(std::string_view text) {
  return detail::parse<loss_kind>(loss_kinds, "loss", text);
}

caf::expected<optimizer_kind> parse_optimizer(std::string_view text) {
  return detail::parse<optimizer_kind>(optimizer_kinds, "optimizer", text);
}

} // namespace ganglion
