#include "metadata/error.hpp"

#include <array>

#include <caf/const_typed_message_view.hpp>
#include <caf/message.hpp>

#include <fmt/format.h>

#include "metadata/messages/messages.hpp"
#include "metadata/text/enum_text.hpp"
#include "metadata/text/names.hpp"

namespace ganglion {

namespace {

constexpr std::array<std::string_view, 17> errc_names{
  "none",      "bad_argument", "bad_network", "bad_placement", "bad_data",
  "bad_model", "not_found",    "busy",        "unreachable",   "incompatible",
  "node_lost", "protocol",     "system",      "cancelled",     "lost_lease",
  "stale",     "stalled",
};

/// Of what texts in it quote, each place sees to it that little of them is
/// shown; this is for all of them together.
constexpr std::size_t max_error_text = 8192;

} // namespace

GANGLION_DEFINE_ENUM(errc, errc_names)

caf::error make_failure(errc code, std::string text) {
  return make_failure(code, error_details{std::move(text), {}, {}, {}});
}

caf::error make_failure(errc code, error_details details) {
  details.text = printable_lines(details.text, max_error_text);
  return caf::error{code, caf::make_message(std::move(details))};
}

caf::error out_of_range(std::string_view what, double value,
                        std::string_view wanted) {
  return make_failure(
    errc::bad_argument,
    fmt::format("a {} of {} is out of range: choose {}", what, value, wanted));
}

error_details details_of(const caf::error& err) {
  if (auto view = caf::const_typed_message_view<error_details>{err.context()})
    return caf::get<0>(view);
  return {to_string(err), {}, {}, {}};
}

std::string explain(const caf::error& err) {
  return details_of(err).text;
}

} // namespace ganglion
