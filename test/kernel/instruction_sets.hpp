// Has something done with each instruction set that this machine has, and the
// best one chosen again afterwards.
#pragma once

#include <string_view>

#include <doctest/doctest.h>

#include "actors/kernel/instruction_set.hpp"

namespace ganglion {

template <class F>
void with_each_instruction_set(F f) {
  for (std::string_view word : {"avx512", "avx2", "neon"}) {
    if (choose_instruction_set(word))
      continue;
    CHECK(instruction_set() == word);
    INFO(word);
    f();
  }
  REQUIRE(!choose_instruction_set(""));
}

} // namespace ganglion
