// Work that may take its time: the calling thread gives way to others where
// cores are short, and has all of a core where one is idle. For threads of our
// own that write; it changes no other thread.
#pragma once

namespace ganglion {

/// Lowers the calling thread's priority, once. A thread that computes gets
/// about ten times the share of a core beside it. Does nothing where the system
/// knows no priorities of threads.
void work_in_background();

} // namespace ganglion
