// Numbers as text with their units, for people. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ganglion::cli {

/// "1.5 MiB".
std::string bytes_text(double bytes);

/// A time from nanoseconds to days in at most 7 characters: "1.25 ms", "3 min".
std::string time_span_text(double seconds);

/// "45,213".
std::string count_text(double count);

} // namespace ganglion::cli
