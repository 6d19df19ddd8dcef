#include "metadata/messages.hpp"

#include <array>

#include <caf/init_global_meta_objects.hpp>

#include "metadata/enum_text.hpp"

namespace ganglion {

namespace {

constexpr std::array<std::string_view, 2> pass_modes{"train", "infer"};

} // namespace

GANGLION_DEFINE_ENUM(pass_mode, pass_modes)

void register_messages() {
  caf::init_global_meta_objects<caf::id_block::ganglion>();
  caf::core::init_global_meta_objects();
}

} // namespace ganglion
