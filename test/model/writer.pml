/* A writer: opens the store once, commits up to STEPS times. Writers are
 * alike, and each may start at any time, so one of them is the first, another
 * one takes over from it or is its restart, and so on. Their listings are
 * fresh.
 *
 * The lock of a record is not here: whoever takes over goes on without it, and
 * it may be lost at any time, so no promise about commits can rest on it.
 * lease.pml has it. */
#ifndef POWERED /* power.pml says when a writer has power, and what is synced */
#define POWERED
#define SYNC_LEASES
#define SYNC_SHARDS
#define SYNC_MANIFESTS
#endif
#ifdef NO_SECOND_LOOK
#define LOST false
#else
#define LOST (highest(leases) > fence)
#endif

/* 3: the newest valid commit. Two listings, with time between them. */
inline read_base() {
  do
  :: list(manifests, names, i);
     list(bases, bases_seen, i);
     d_step {
       start(names, bases_seen, i, found);
       walk(names, bases_seen, i, found);
       i = 0; names = 0; bases_seen = 0
     };
     if
     :: found == UNSEEN -> found = 0 /* list again */
     :: else -> break
     fi
  od;
  skip /* Spin forbids a break that leads into a d_step */
}

inline link_shard(shards) {
  d_step { shards = shards | bit(commit_of(fence, step)); check_share() }
}

/* Each node writes its own, in parallel: either may be first. */
inline link_shards() {
  if
  :: link_shard(shards_a); link_shard(shards_b)
  :: link_shard(shards_b); link_shard(shards_a)
  fi;
  SYNC_SHARDS
}

inline look() { /* 4: spares void manifests; no promise rests on it */
  if
  :: highest(leases) > fence -> break /* lost lease */
  :: highest(leases) == fence
  fi
}

inline link_manifest() { /* 5 */
  d_step { manifests = manifests | bit(commit_of(fence, step)); check_share() }
}

/* 2: links leases/FENCE. Listing first and linking then, with the next number
 * after EEXIST, ends with the lowest free number whatever happens in between:
 * one step. Writers are alike, so let the first process be the first to get
 * there, and so on: all other orders are the same but for the names. */
#define next_fence (highest(leases) + 1)
#ifdef BASE_BEFORE_FENCE
#define MY_TURN true
#else
#define MY_TURN (raised == _pid)
#endif
byte raised; /* how many fences were raised so far */

active [FENCES] proctype writer() POWERED {
  byte fence, step, names, bases_seen, i, found;

#ifdef BASE_BEFORE_FENCE
  read_base();
#endif
  d_step {
    MY_TURN ->
    raised++;
    fence = next_fence;
    leases = leases | bit(fence)
  };
  SYNC_LEASES;
#ifndef BASE_BEFORE_FENCE
  read_base();
#endif
  d_step {
    base[fence] = found; bases = bases | bit(fence);
    found = 0;
    check_share()
  };
  SYNC_LEASES;

  do
  :: step < STEPS_OF(fence) ->
     step++;
#ifdef MANIFEST_FIRST
     look();
     link_manifest();
     link_shards();
#else
     link_shards();
     look();
     link_manifest();
#endif
     SYNC_MANIFESTS;
     d_step { /* 6: the second look; the claim holds as of this instant */
       if
       :: LOST -> step = STEPS /* not claimed */
       :: else ->
          assert(highest(leases) == fence); /* the superseded claims nothing */
          assert_on_line(claimed, commit_of(fence, step)); /* one line */
          claimed = commit_of(fence, step);
          assert_on_line(claimed, newest)
       fi
     }
  :: step >= STEPS_OF(fence) -> break
  od
}
