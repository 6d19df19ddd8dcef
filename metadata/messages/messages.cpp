#include "metadata/messages/messages.hpp"

#include <array>

#include <caf/init_global_meta_objects.hpp>

#include <fmt/format.h>

#include "metadata/text/enum_text.hpp"

namespace ganglion {

namespace {

constexpr std::array<std::string_view, 3> pass_modes{"train", "infer", "stand"};

constexpr std::array<std::string_view, 5> part_kinds{"group", "relay", "loss",
                                                     "node", "storage"};

constexpr std::array<std::string_view, 3> text_ends{"full", "last token",
                                                    "stopped"};

} // namespace

GANGLION_DEFINE_ENUM(text_end, text_ends)
GANGLION_DEFINE_ENUM(pass_mode, pass_modes)
GANGLION_DEFINE_ENUM(part_kind, part_kinds)

std::string to_string(const deployment_part& x, const network& net) {
  auto layer = x.layer < net.layers().size() ? net.at(x.layer).name : "?";
  switch (x.kind) {
    case part_kind::group:
      return fmt::format("neurons {} of layer '{}'", to_string(x.range), layer);
    case part_kind::relay:
      return fmt::format("the relay of layer '{}'", layer);
    case part_kind::loss:
      return "the loss";
    case part_kind::storage:
      return "the storage";
    case part_kind::node:
      break;
  }
  return "the node itself";
}

void register_messages() {
  caf::init_global_meta_objects<caf::id_block::ganglion>();
  caf::core::init_global_meta_objects();
}

} // namespace ganglion
