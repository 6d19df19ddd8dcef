/* What lies on the share, which commits count, and what is promised of them.
 *
 * How to read these models if you know the protocol but not Spin: every
 * `active proctype` is a process that runs beside all others. Spin tries every
 * order of their steps. One statement, or one `atomic` or `d_step` block, is
 * one step on the share: a name appears, a directory is listed, a file is
 * read. A choice (`if`, `do`) goes through every branch whose first statement
 * can run.
 *
 * A process may rest between any two steps for as long as all others please.
 * That is a writer that is stopped and resumes late; one that rests for ever
 * is one that has crashed. A restart is another process of the same kind.
 *
 * A commit (fence, step) is one number, so that numbers sort like commits:
 *   FENCES=3, STEPS=2: (1,1)=1 (1,2)=2 (2,1)=3 (2,2)=4 (3,1)=5 (3,2)=6; none=0
 * A directory is a set of bits, one per name: bit n is fence n or commit n. */
#ifndef FENCES
#define FENCES 3 /* each writer raises one, so this is the number of writers */
#endif
#define STEPS 2 /* commits that a writer tries to make; the last one,
                   from whom nobody takes over, tries one if not FULL */
#ifdef FULL
#define STEPS_OF(fence) STEPS
#else
#define STEPS_OF(fence) (fence < FENCES -> STEPS : 1)
#endif
#define COMMITS (FENCES * STEPS)
#define UNSEEN (COMMITS + 1)
#define commit_of(fence, step) (((fence) - 1) * STEPS + (step))
#define fence_of(commit) (((commit) + STEPS - 1) / STEPS)
#define commits_of(fence) (((1 << STEPS) - 1) << commit_of(fence, 1))
#define bit(n) (1 << (n))
#define has(set, n) (((set) >> (n)) & 1)
#define highest(fences) \
  (has(fences, 3) -> 3 : (has(fences, 2) -> 2 : has(fences, 1)))
#if FENCES > 3
#error highest() knows three fences
#endif

byte leases;             /* leases/FENCE */
byte bases;              /* leases/FENCE.base */
byte base[FENCES + 1];   /* what a FENCE.base says: a commit, or 0 for none */
byte manifests;          /* manifests/FENCE-STEP */
byte shards_a, shards_b; /* shards/FENCE-STEP-..., of nodes a and b */
#define whole(commit) (has(shards_a, commit) && has(shards_b, commit))

/* Lists a directory, freshly. That takes time: names that come or go meanwhile
 * may be in the listing or not, each for itself. */
inline list(directory, seen, i) {
  seen = directory;
  atomic {
    i = COMMITS;
    do
    :: i > 0 && has(seen ^ directory, i) ->
       if
       :: seen = seen ^ bit(i)
       :: true
       fi;
       i--
    :: i > 0 && !has(seen ^ directory, i) -> i--
    :: i == 0 -> break
    od
  }
}

/* The reader's rule, as a walk over the commits from the newest to the oldest.
 * `names` and `bases_seen` are listings; what a name holds never changes. On
 * entry, `commit` is where to look next and `fence` where the walk is;
 * afterwards `commit` is the next that counts, 0 if there is none, or UNSEEN
 * if the walk needs a base that is not in the listing. */
#ifdef UNSEEN_IS_NONE
#define NO_BASE 0
#else
#define NO_BASE UNSEEN
#endif

inline start(names, bases_seen, fence, commit) {
  fence = FENCES;
  do
  :: fence > 0 && !has(bases_seen, fence) && !(names & commits_of(fence)) ->
     fence--
  :: else -> break
  od;
  commit = fence * STEPS
}

inline walk(names, bases_seen, fence, commit) {
  do
  :: commit > 0 && fence_of(commit) != fence ->
     if
     :: has(bases_seen, fence) -> commit = base[fence]; fence = fence_of(commit)
     :: else -> commit = NO_BASE; break
     fi
  :: commit > 0 && fence_of(commit) == fence && !has(names, commit) -> commit--
  :: else -> break
  od
}

/* From here on: what only the checks know. Nothing above depends on it. */
byte claimed; /* the newest commit that some writer has claimed */
byte newest;  /* what the rule finds on the share at this instant */
byte counted; /* while somebody reads: every commit that counted at some instant
                 since it began; bit 0 says that somebody reads */

/* Whether `old` is `new` or one that it builds on. A writer tries a step only
 * once the one before is claimed, so the steps of a fence form a line. */
hidden byte line_fence, line_commit;
inline assert_on_line(old, new) {
  line_commit = new; line_fence = fence_of(new);
  do
  :: line_commit > old ->
     if
     :: fence_of(old) == line_fence -> line_commit = old
     :: else ->
        line_commit = base[line_fence];
        line_fence = fence_of(line_commit)
     fi
  :: else -> break
  od;
  assert(line_commit == old)
}

/* To be run in the same step as every change of the share. */
hidden byte now_fence, now_commit;
inline check_share() {
  start(manifests, bases, now_fence, now_commit);
  walk(manifests, bases, now_fence, now_commit);
  newest = now_commit;
  do
  :: now_commit > 0 ->
     assert(whole(now_commit)); /* the appearance of a manifest is the commit */
     counted = (counted -> counted | bit(now_commit) : 0);
     now_commit--;
     walk(manifests, bases, now_fence, now_commit)
  :: else -> break
  od;
#ifndef PRUNES /* which takes shards away before void manifests appear */
  /* Void ones are whole, too. */
  assert((manifests & ~(shards_a & shards_b)) == 0);
#endif
  assert_on_line(claimed, newest) /* what was claimed is never lost */
}
