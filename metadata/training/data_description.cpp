#include "metadata/training/data_description.hpp"

#include <array>

#include "metadata/text/enum_text.hpp"

namespace ganglion {

namespace {

constexpr std::array<std::string_view, 3> scaling_kinds{"none", "standard",
                                                        "minmax"};

} // namespace

GANGLION_DEFINE_ENUM(scaling_kind, scaling_kinds)

} // namespace ganglion
