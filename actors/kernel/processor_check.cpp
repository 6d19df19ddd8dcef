#include "actors/kernel/processor_check.hpp"

#include <unistd.h>

// Nothing of the standard library: what it has inline may have been compiled
// with the instructions that are asked about.

namespace {

#ifdef __x86_64__

template <int N>
void say(const char (&text)[N]) {
  [[maybe_unused]] auto written = write(2, text, N - 1);
}

/// Before anything else of the program that is compiled for AVX2.
[[gnu::constructor(101)]] void check_processor() {
  __builtin_cpu_init();
  auto avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  auto fma = __builtin_cpu_supports("fma");
  if (avx2 && fma)
    return;
  say("ganglion: this processor cannot run it: it lacks ");
  if (!avx2)
    say("AVX2");
  if (!avx2 && !fma)
    say(" and ");
  if (!fma)
    say("FMA (fused multiply-add)");
  say(", which x86-64-v3 has: Intel since Haswell, AMD since Excavator\n");
  _exit(1);
}

#endif

} // namespace

namespace ganglion {

void require_processor() noexcept {
  // nop
}

} // namespace ganglion
