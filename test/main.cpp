#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <caf/init_global_meta_objects.hpp>

#include "metadata/messages/type_ids.hpp"
#include "runtime/training/trainer_messages.hpp"

int main(int argc, char** argv) {
  ganglion::register_messages();
  caf::init_global_meta_objects<caf::id_block::ganglion_runtime>();
  return doctest::Context{argc, argv}.run();
}
