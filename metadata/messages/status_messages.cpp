#include "metadata/messages/status_messages.hpp"

#include <array>

#include "metadata/text/enum_text.hpp"

namespace ganglion {

namespace {

constexpr std::array<std::string_view, 3> trace_commands{"begin", "look",
                                                         "end"};

constexpr std::array<std::string_view, 7> activities{
  "wait", "forward", "backward", "update", "loss", "send", "arrive"};

} // namespace

GANGLION_DEFINE_ENUM(trace_command, trace_commands)
GANGLION_DEFINE_ENUM(activity, activities)

} // namespace ganglion
