// Numbers as people write them into tables. Pure functions of texts; locales
// have no say.
#pragma once

#include <optional>
#include <string_view>

namespace ganglion {

/// "1.5e3", "+4"; with `decimal_comma` also "1,5" and "1.234,5", else also
/// "1,234.5". None where the text is something else. What is too small for a
/// float becomes 0, what is too large infinite; "nan" and "inf" are no numbers.
std::optional<float> parse_number(std::string_view text, bool decimal_comma);

/// Whether a text stands for a value that is not there: nothing, ?, NA, N/A,
/// NaN, null or none, in upper or lower case.
bool is_missing(std::string_view text);

} // namespace ganglion
