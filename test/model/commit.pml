/* Writers that take over from each other, and a cold reader.
 *
 * Bounds: three writers (so three fences), two commits each, one for the last.
 * Why they suffice: the promises speak of an old writer, of one that takes
 * over, and of one more that comes while the take-over is half done; a fourth
 * would meet nothing that the third does not. With two steps a fence has a
 * commit that the next one builds on and one that is void. One reader: readers
 * change nothing. */
#include "store.pml"
#include "writer.pml"

/* Reads once, at any time. A stale listing is one that was made long ago, so
 * this reader may rest between its steps, and list either directory first:
 * whatever it does, it must find what was claimed when the older of its
 * listings began, or something that builds on that. A fresh reader lists
 * manifests first, and then it finds what was the newest at some instant while
 * it was listing. */
active proctype reader() {
  byte names, bases_seen, i, pick, sure;

again: skip;
  d_step { sure = claimed; counted = bit(0); check_share() };
  if
  :: list(manifests, names, i);
     list(bases, bases_seen, i)
  :: list(bases, bases_seen, i);
#ifndef LEASES_FIRST
     counted = 0;
#endif
     list(manifests, names, i)
  fi;
  d_step {
#ifdef IGNORE_BASES
    pick = COMMITS;
    do
    :: pick > 0 && !has(names, pick) -> pick--
    :: else -> break
    od;
#else
    start(names, bases_seen, i, pick);
    walk(names, bases_seen, i, pick);
#endif
    i = 0; names = 0; bases_seen = 0
  };
  if
  :: pick == UNSEEN -> pick = 0; goto again
  :: pick != UNSEEN
  fi;
  d_step {
    assert(pick == 0 || whole(pick));
    assert(pick == 0 || counted == 0 || has(counted, pick));
    assert_on_line(sure, pick);
    counted = 0; sure = 0; pick = 0
  }
}
