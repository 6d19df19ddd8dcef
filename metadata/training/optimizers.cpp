#include "metadata/training/optimizers.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/text/enum_text.hpp"

namespace ganglion {

namespace {

struct optimizer_facts {
  std::size_t arrays;
  float rate;
  float decay;
};

#define GANGLION_NAME(name, arrays, rate, decay) #name,
constexpr auto optimizer_kinds = std::to_array<std::string_view>(
  {GANGLION_OPTIMIZERS(GANGLION_NAME)});
#undef GANGLION_NAME

#define GANGLION_FACTS(name, arrays, rate, decay)                              \
  optimizer_facts{arrays, rate, decay},
constexpr auto optimizers = std::to_array<optimizer_facts>(
  {GANGLION_OPTIMIZERS(GANGLION_FACTS)});
#undef GANGLION_FACTS

static_assert(std::ranges::all_of(optimizers, [](const optimizer_facts& x) {
  return x.arrays <= max_state_arrays;
}));

const optimizer_facts& facts_of(optimizer_kind kind) noexcept {
  return optimizers[static_cast<std::size_t>(kind)];
}

} // namespace

GANGLION_DEFINE_ENUM(optimizer_kind, optimizer_kinds)

caf::expected<optimizer_kind> parse_optimizer(std::string_view text) {
  return detail::parse<optimizer_kind>(optimizer_kinds, "optimizer", text);
}

std::string optimizer_names() {
  return fmt::format("{}", fmt::join(optimizer_kinds, ", "));
}

std::string usual_rates() {
  std::string result;
  for (std::size_t i = 0; i < optimizers.size(); ++i)
    result += fmt::format("{}{} for {}", i > 0 ? ", " : "", optimizers[i].rate,
                          optimizer_kinds[i]);
  return result;
}

float usual_rate(optimizer_kind kind) noexcept {
  return facts_of(kind).rate;
}

float usual_decay(optimizer_kind kind) noexcept {
  return facts_of(kind).decay;
}

std::size_t state_arrays(optimizer_kind kind) noexcept {
  return facts_of(kind).arrays;
}

} // namespace ganglion
