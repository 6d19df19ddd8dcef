// Ends a program at its start, with a sentence on standard error and status 1,
// where the processor lacks what all of it is compiled for: AVX2 and FMA on
// x86-64. 64-bit Arm lacks nothing. It chooses no instruction set.
#pragma once

namespace ganglion {

/// Does nothing by itself: whoever calls it has the check linked, which runs
/// before `main`.
void require_processor() noexcept;

} // namespace ganglion
