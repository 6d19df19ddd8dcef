#include "runtime/training/schedule.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"

namespace ganglion {

namespace {

caf::error not_understood(std::string_view text) {
  return make_failure(
    errc::bad_argument,
    fmt::format("schedule '{}': use constant, step=EPOCHS,FACTOR such as "
                "step=10,0.1, cosine or linear, or with a share of the rate to "
                "end at, cosine=0.1",
                printable(text)));
}

/// All of it is a number.
std::optional<double> to_number(std::string_view text) {
  double result = 0;
  auto last = text.data() + text.size();
  auto [end, code] = std::from_chars(text.data(), last, result);
  if (code != std::errc{} || end != last || !std::isfinite(result))
    return std::nullopt;
  return result;
}

} // namespace

caf::expected<schedule_wish> parse_schedule(std::string_view text) {
  schedule_wish result;
  auto equals = text.find('=');
  if (!from_string(text.substr(0, equals), result.kind))
    return not_understood(text);
  if (equals == std::string_view::npos)
    return result;
  auto rest = text.substr(equals + 1);
  if (result.kind == schedule_kind::constant)
    return not_understood(text);
  if (result.kind == schedule_kind::step) {
    auto comma = rest.find(',');
    result.epochs = to_number(rest.substr(0, comma));
    if (!result.epochs || *result.epochs <= 0)
      return not_understood(text);
    if (comma == std::string_view::npos)
      return result;
    rest = rest.substr(comma + 1);
  }
  auto factor = to_number(rest);
  if (!factor || *factor < 0 || *factor > 1)
    return not_understood(text);
  result.factor = static_cast<float>(*factor);
  return result;
}

rate_schedule schedule_for(const schedule_wish& wish, std::uint64_t warmup,
                           std::uint64_t per_epoch, std::uint64_t steps) {
  rate_schedule result;
  result.kind = wish.kind;
  result.warmup = warmup;
  if (wish.kind == schedule_kind::constant)
    return result;
  auto is_step = wish.kind == schedule_kind::step;
  result.factor = wish.factor.value_or(is_step ? 0.1f : 0.0f);
  if (!is_step) {
    result.length = steps;
    return result;
  }
  constexpr double longest = 1e18; // which a number can still say
  auto every = wish.epochs
                 ? std::round(*wish.epochs * static_cast<double>(per_epoch))
                 : std::ceil(static_cast<double>(steps) / 3);
  result.every = static_cast<std::uint64_t>(std::clamp(every, 1.0, longest));
  return result;
}

} // namespace ganglion
