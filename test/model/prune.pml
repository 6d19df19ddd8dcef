/* Prune beside writers, and a reader that pins what it reads.
 *
 * Prune here keeps as little as it may: one commit, the newest that is safe.
 *
 * Bounds: two writers, two commits and one; one pruner that prunes again and
 * again; one reader that starts again for as long as it must. Why they
 * suffice: what can go wrong takes a commit, one that takes its place, and a
 * taker-over in the midst of opening. Of several pins each is kept or not by
 * itself; what the pin of one reader does to another reader, which
 * PIN_OF_ANOTHER checks, takes two. */
#ifndef FENCES
#define FENCES 2
#endif
#define PRUNES
#include "store.pml"
#include "writer.pml"

byte pin;      /* the commit in the name of the pin; 0: there is no such name */
bool pin_held; /* whether the reader that made it holds its lock */

#ifdef PIN_OF_ANOTHER
/* Pins some commit at some time, and is not done reading before all is over. */
active proctype another_reader() {
  atomic {
    manifests ->
    pin = COMMITS;
    do
    :: pin > 1 -> pin--
    :: has(manifests, pin) -> break
    od;
    pin_held = true
  }
}
#else
/* The lock of a reader that is cut off is lost, at any time. */
active proctype cut_off() {
  d_step { pin_held -> pin_held = false }
}
#endif

/* A reader that finds none, starts again, too: while its listing was made, the
 * last name in there may have gone, and the next come just behind its back. */
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
#ifndef PIN_OF_ANOTHER
#ifdef LOCK_PIN_LATE
  pin = pick;
  pin_held = true;
#else
  d_step { pin = pick; pin_held = true }; /* locked before it has this name */
#endif
#endif
  if
  :: !has(manifests, pick) -> goto let_go /* pruned: starts again */
  :: has(manifests, pick)
  fi;
  /* It is at or after what was claimed before it began. */
  d_step { assert_on_line(sure, pick) };
#ifndef PIN_OF_ANOTHER
  if
  :: has(shards_a, pick)
  :: !has(shards_a, pick) -> goto pruned
  fi;
  if
  :: has(shards_b, pick)
  :: !has(shards_b, pick) -> goto pruned
  fi;
  goto let_go;
pruned:
  /* Nothing goes under a pin, unless its reader was cut off. */
  assert(!pin_held);
let_go:
  atomic { pin = 0; pin_held = false; pick = 0; sure = 0 };
#else
let_go:
  atomic { pick = 0; sure = 0 };
#endif
  goto again
}

#define older(commit) (bit(commit) - 1)

/* A pin without a lock has lost its reader; it is removed. */
inline look_at_pins() {
  atomic {
    kept = (pin_held -> bit(pin) : 0);
    pin = (pin_held -> pin : 0)
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
  byte names, bases_seen, i, keep, fence, kept, goes, again_goes;

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
  /* Prunes nothing while somebody is opening: the commit that it takes for its
     base may be older than `keep`, and `keep` void once the base is there. The
     walk began at `fence`; if no fence is above it, then whoever raises one
     will see `keep`. It is the writer's second look. */
#ifndef PRUNE_UNSETTLED
  if
  :: highest(leases) != fence -> goto done
  :: highest(leases) == fence
  fi;
#endif
  fence = 0;
  list(manifests, names, i); /* all that `keep` builds on are in this one */
  look_at_pins();
  d_step {
#ifdef PRUNE_AROUND_PINS
    goes = names & older(keep) & ~kept;
#else
    /* None above a pinned one: where a manifest is, all newer ones still are.
       So a reader that finds it there knows that its listing missed none. */
    goes = names & older(keep) & (kept -> kept - 1 : ~0);
#endif
#ifndef NO_SECOND_PINS
    kept = 0;
#endif
    names = 0
  };
  do
  :: goes -> remove_lowest(manifests) /* oldest first */
  :: !goes -> break
  od;
#ifndef PIN_OF_ANOTHER /* there, nobody looks at shards */
#ifndef NO_SECOND_PINS
  look_at_pins();
#endif
  atomic {
    /* Not those above `keep`: they may be of a commit that is being made. */
#ifdef PRUNE_ALL_UNNAMED
    goes = (shards_a | shards_b) & ~manifests & ~kept;
#else
    goes = (shards_a | shards_b) & ~manifests & ~kept & older(keep);
#endif
    again_goes = goes; kept = 0; keep = 0
  };
  do
  :: goes -> remove_lowest(shards_a)
  :: !goes -> break
  od;
  atomic { goes = again_goes; again_goes = 0 };
  do
  :: goes -> remove_lowest(shards_b)
  :: !goes -> break
  od;
#endif
done:
  atomic { keep = 0; fence = 0; kept = 0 };
  goto again
}
