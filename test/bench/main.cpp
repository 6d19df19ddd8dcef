// Benchmarks of the parts; run by scripts/bench.
#include <benchmark/benchmark.h>

#include "runtime/hosting/system.hpp"

int main(int argc, char** argv) {
  ganglion::init_types();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
