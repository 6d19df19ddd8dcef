#include <doctest/doctest.h>

#include "actors/kernel/arithmetic.hpp"
#include "actors/kernel/instruction_set.hpp"
#include "metadata/error.hpp"
#include "test/kernel/instruction_sets.hpp"

using namespace ganglion;

TEST_CASE("the tiny training gives the recorded bits on every machine") {
  with_each_instruction_set([] {
    // Another one means that results change: then arithmetic_version rises.
    CHECK(
      compute_arithmetic().trial
      == "0d27049b5c7dc8b36bad9d49dfe544137729b50407c4c3578764f651ccc43e27");
  });
  CHECK(own_arithmetic().version == 2);
  CHECK(difference(own_arithmetic(), own_arithmetic()).empty());
}

TEST_CASE("what differs between two arithmetics is said") {
  auto other = own_arithmetic();
  other.version = 7;
  CHECK(difference(own_arithmetic(), other)
        == "computes by version 7 of the arithmetic, this one by version 2");
  other = own_arithmetic();
  other.trial = "abacus";
  CHECK(difference(own_arithmetic(), other)
        == "gets other bits from the same tiny training");
}

TEST_CASE("an unknown instruction set is an error that lists what there is") {
  auto err = choose_instruction_set("sse4");
  REQUIRE(err);
  auto text = explain(err);
  CHECK(text.find("GANGLION_ISA=sse4") != std::string::npos);
  CHECK(text.find(instruction_set()) != std::string::npos);
}
