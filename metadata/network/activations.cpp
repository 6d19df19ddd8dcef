#include "metadata/network/activations.hpp"

#include <array>

#include "metadata/text/enum_text.hpp"

namespace ganglion {

namespace {

#define GANGLION_NAME(name, rectified) #name,
constexpr auto activation_kinds = std::to_array<std::string_view>(
  {GANGLION_ACTIVATIONS(GANGLION_NAME)});
#undef GANGLION_NAME

#define GANGLION_KIND(name, rectified) activation_kind::name,
constexpr auto activations_in_order = std::to_array<activation_kind>(
  {GANGLION_ACTIVATIONS(GANGLION_KIND)});
#undef GANGLION_KIND

#define GANGLION_RECTIFIED(name, rectified) rectified,
constexpr auto rectified_kinds = std::to_array<bool>(
  {GANGLION_ACTIVATIONS(GANGLION_RECTIFIED)});
#undef GANGLION_RECTIFIED

} // namespace

GANGLION_DEFINE_ENUM(activation_kind, activation_kinds)

caf::expected<activation_kind> parse_activation(std::string_view text) {
  return detail::parse<activation_kind>(activation_kinds, "activation", text);
}

std::span<const activation_kind> all_activations() noexcept {
  return activations_in_order;
}

bool is_rectified(activation_kind kind) noexcept {
  return rectified_kinds[static_cast<std::size_t>(kind)];
}

} // namespace ganglion
