// Which instruction sets of Google Highway the kernels are compiled for; to be
// included before any of its headers. Only sets that fuse a multiplication and
// an addition: the others would give other bits, so they are refused here, as
// the library is compiled. Which one is used is instruction_set.hpp's affair.
#pragma once

#define HWY_DISABLED_TARGETS (~(HWY_AVX2 | HWY_AVX3 | HWY_NEON))
// x86-64-v3 has no AES, which nobody here asks for.
#define HWY_DISABLE_PCLMUL_AES 1

#if !(defined(__x86_64__) && defined(__AVX2__) && defined(__FMA__))            \
  && !defined(__aarch64__)
#  error                                                                       \
    "Ganglion needs fused multiply-add: compile with -march=x86-64-v3, or \
for 64-bit Arm"
#endif
