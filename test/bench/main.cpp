// Benchmarks of the parts; run by scripts/bench.
#include <iostream>

#include <benchmark/benchmark.h>

#include "actors/kernel/instruction_set.hpp"
#include "metadata/error.hpp"
#include "runtime/hosting/system.hpp"

int main(int argc, char** argv) {
  ganglion::init_types();
  if (auto err = ganglion::choose_instruction_set()) {
    std::cerr << ganglion::explain(err) << '\n';
    return 2;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
