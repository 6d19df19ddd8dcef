#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <caf/init_global_meta_objects.hpp>

#include "runtime/trainer_messages.hpp"

int main(int argc, char** argv) {
  caf::init_global_meta_objects<caf::id_block::ganglion>();
  caf::init_global_meta_objects<caf::id_block::ganglion_runtime>();
  caf::core::init_global_meta_objects();
  return doctest::Context{argc, argv}.run();
}
