#include "metadata/training/losses.hpp"

#include <array>

#include <fmt/format.h>

#include "metadata/text/enum_text.hpp"

namespace ganglion {

namespace {

#define GANGLION_NAME(name, word, classes) word,
constexpr auto loss_kinds = std::to_array<std::string_view>(
  {GANGLION_LOSSES(GANGLION_NAME)});
#undef GANGLION_NAME

#define GANGLION_CLASSES(name, word, classes) classes,
constexpr auto losses_of_classes = std::to_array<bool>(
  {GANGLION_LOSSES(GANGLION_CLASSES)});
#undef GANGLION_CLASSES

} // namespace

GANGLION_DEFINE_ENUM(loss_kind, loss_kinds)

caf::expected<loss_kind> parse_loss(std::string_view text) {
  return detail::parse<loss_kind>(loss_kinds, "loss", text);
}

std::string loss_words(bool for_values) {
  std::string result;
  for (std::size_t i = 0; i < loss_kinds.size(); ++i)
    if (!for_values || !losses_of_classes[i])
      result += fmt::format("{}{}", result.empty() ? "" : ", ", loss_kinds[i]);
  return result;
}

bool is_for_classes(loss_kind kind) noexcept {
  return losses_of_classes[static_cast<std::size_t>(kind)];
}

loss_kind loss_for_values(loss_kind kind) noexcept {
  return is_for_classes(kind) ? loss_kind::mean_squared_error : kind;
}

} // namespace ganglion
