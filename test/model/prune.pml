/* Prune beside writers, and a reader that pins what it reads.
 *
 * Prune here keeps as little as it may: the newest commit that is safe (N = 1).
 *
 * Bounds: two writers, two commits each; one pruner that prunes again and again;
 * one reader that starts again for as long as it must. Why they suffice: what can
 * go wrong takes a commit, one that takes its place, and a taker-over in the
 * midst of opening. Readers do not see each other, and of several pins each is
 * kept or not by itself. */
#ifndef FENCES
#define FENCES 2
#endif
#define PRUNES
#include "store.pml"
#include "writer.pml"

byte pin;      /* the commit in the name of the reader's pin; 0: no such name */
bool pin_held; /* whether the reader holds the lock on its pin */

/* The lock of a reader that is cut off is lost, at any time. */
active proctype cut_off() {
  d_step { pin_held -> pin_held = false }
}

active proctype reader() {
  byte names, bases_seen, i, pick, sure;

again: skip;
  sure = claimed;
  list(manifests, names, i);
  list(bases, bases_seen, i);
  d_step {
    start(names, bases_seen, i, pick);
    walk(names, bases_seen, i, pick);
    i = 0; names = 0; bases_seen = 0
  };
  if
  :: pick == UNSEEN || pick == 0 -> goto let_go
  :: else
  fi;
#ifdef LOCK_PIN_LATE
  pin = pick;
  pin_held = true;
#else
  d_step { pin = pick; pin_held = true }; /* locked before it has this name */
#endif
  if
  :: !has(manifests, pick) -> goto let_go /* pruned: starts again */
  :: has(manifests, pick)
  fi;
  if
  :: has(shards_a, pick)
  :: !has(shards_a, pick) -> goto pruned
  fi;
  if
  :: has(shards_b, pick)
  :: !has(shards_b, pick) -> goto pruned
  fi;
  d_step { assert_on_line(sure, pick) };
  goto let_go;
pruned:
  assert(!pin_held); /* nothing is removed under a reader's pin */
let_go:
  atomic { pin = 0; pin_held = false; pick = 0; sure = 0 };
  goto again
}

#define older(commit) (bit(commit) - 1)
#ifdef SHARDS_IN_USE_ONLY
#define may_go(commit) ((1 << UNSEEN) - 1)
#else
#define may_go(commit) older(commit)
#endif

inline look_at_pins() {
  atomic {
    kept = (pin_held -> bit(pin) : 0);
    pin = (pin_held -> pin : 0) /* its reader is gone: removed */
  }
}

/* Removes the lowest name of those that go. */
inline remove_lowest(directory) {
  atomic {
    i = 1;
    do
    :: !has(goes, i) -> i++
    :: has(goes, i) -> break
    od;
    directory = directory & ~bit(i);
    goes = goes & ~bit(i);
    i = 0;
    check_share()
  }
}

active proctype pruner() {
  byte names, bases_seen, i, keep, fence, kept, goes, unused;

again: skip;
  list(manifests, names, i);
  list(bases, bases_seen, i);
  d_step {
    start(names, bases_seen, fence, keep);
    i = fence;
    walk(names, bases_seen, i, keep);
    i = 0; names = 0; bases_seen = 0
  };
  if
  :: keep == 0 || keep == UNSEEN -> goto done
  :: else
  fi;
#ifndef PRUNE_UNSETTLED
  if
  :: highest(leases) != fence -> goto done
  :: highest(leases) == fence
  fi;
#endif
  fence = 0;
  list(manifests, names, i); /* all on the line of `keep` are in this one */
  look_at_pins();
  d_step {
#ifdef PRUNE_AROUND_PINS
    goes = names & older(keep) & ~kept;
#else
    goes = names & older(keep) & (kept -> kept - 1 : ~0); /* none above a pin */
#endif
    names = 0;
#ifndef NO_SECOND_PINS
    kept = 0
#endif
  };
  do
  :: goes -> remove_lowest(manifests)
  :: !goes -> break
  od;
#ifndef NO_SECOND_PINS
  look_at_pins();
#endif
  atomic {
    goes = (shards_a | shards_b) & may_go(keep) & ~manifests & ~kept;
    kept = 0; keep = 0
  };
  unused = goes;
  do
  :: goes -> remove_lowest(shards_a)
  :: !goes -> break
  od;
  goes = unused; unused = 0;
  do
  :: goes -> remove_lowest(shards_b)
  :: !goes -> break
  od;
done:
  atomic { keep = 0; fence = 0; kept = 0; names = 0; bases_seen = 0; i = 0 };
  goto again
}
