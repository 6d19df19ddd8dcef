/* Who may open the store. Fences alone keep commits safe (commit.pml); the
 * lock is there so that nobody ends a healthy writer's lease without asking
 * to.
 *
 * The lock is on the record leases/FENCE itself, held by whoever raised that
 * fence: it is locked before it gets this name. So the newest record's lock
 * says whether the writer with the newest fence is there, taken over or not.
 *
 * Bounds: four that open, three of them past the first: one that takes over,
 * one that comes after it, and one more for races between these. */
#define OPENERS 4
#define bit(n) (1 << (n))
#define has(set, n) (((set) >> (n)) & 1)

byte newest; /* the highest leases/FENCE; the others are all below it */
byte there;  /* the fences whose writers have neither ended nor been cut off */
byte held;   /* the records whose locks are held */
#ifdef ONE_LOCK
byte lock_of; /* leases/lock: who holds it, or 0 */
#endif

inline raise_fence() {
  assert(take_over || !has(there, newest)); /* nobody's lease ends unasked */
  newest++;
  fence = newest;
  there = there | bit(fence)
}

active [OPENERS] proctype opener() {
  byte fence, seen;
  bool take_over;

  if
  :: take_over = true
  :: take_over = false
  fi;
#ifdef ONE_LOCK
  if
  :: atomic { lock_of == 0 -> lock_of = _pid + 1 }
  :: lock_of != 0 && take_over /* goes on without the lock */
  :: lock_of != 0 && !take_over -> goto refused
  fi;
  d_step { raise_fence() };
#else
again:
  seen = newest;
  if
  :: !take_over && has(held, seen) -> goto refused
  :: take_over || !has(held, seen)
  fi;
  if
  :: atomic {
       newest == seen -> raise_fence();
#ifndef LOCK_LATE
       held = held | bit(fence)
#endif
     }
#ifdef NEXT_NUMBER
  :: newest != seen -> atomic { raise_fence(); held = held | bit(fence) }
#else
  :: newest != seen -> goto again
     /* EEXIST: somebody was faster, and is there */
#endif
  fi;
#ifdef LOCK_LATE
  held = held | bit(fence);
#endif
#endif
  d_step { /* it ends, or is cut off: its lock is free */
#ifdef ONE_LOCK
    lock_of = (lock_of == _pid + 1 -> 0 : lock_of);
#endif
    there = there & ~bit(fence);
    held = held & ~bit(fence)
  };
refused:
  skip
}
