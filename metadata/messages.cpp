#include "metadata/messages.hpp"

#include <array>

#include "metadata/enum_text.hpp"

namespace ganglion {

namespace {

constexpr std::array<std::string_view, 2> pass_modes{"train", "infer"};

} // namespace

GANGLION_DEFINE_ENUM(pass_mode, pass_modes)

} // namespace ganglion
