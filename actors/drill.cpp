#include "actors/drill.hpp"

#include <unistd.h>

#include <array>
#include <charconv>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"

namespace ganglion {

namespace {

constexpr std::array<std::string_view, 3> drill_faults{"throw", "hang", "drop"};

} // namespace

caf::expected<drill_ptr> drill::parse(std::string_view text) {
  auto colon = text.find(':');
  auto at = text.find('@');
  part_kind who{};
  std::uint64_t after = 0;
  if (colon < at && at != text.npos && from_string(text.substr(0, colon), who)
      && who != part_kind::storage) {
    auto what = std::find(drill_faults.begin(), drill_faults.end(),
                          text.substr(colon + 1, at - colon - 1));
    auto end = text.data() + text.size();
    auto [last, code] = std::from_chars(text.data() + at + 1, end, after);
    if (what != drill_faults.end() && code == std::errc{} && last == end
        && after > 0)
      return std::make_shared<drill>(
        who, static_cast<fault>(what - drill_faults.begin()), after);
  }
  return make_failure(errc::bad_argument,
                      fmt::format("'{}' is no drill: write KIND:FAULT@N with "
                                  "group, relay, loss or node, then throw, "
                                  "hang or drop, and the number of a "
                                  "message from 1 on, such as group:hang@20",
                                  printable(text)));
}

bool drill::strike() const {
  if (what_ == fault::throws)
    throw std::runtime_error("a drill");
  while (what_ == fault::hangs)
    ::pause();
  return true;
}

} // namespace ganglion
