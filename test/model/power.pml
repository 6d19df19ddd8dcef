/* Power loss: on a local disk every process ends, and of the names that were
 * not synced yet any may be gone. (A server of NFS answers only once a name is
 * on its disk; there, power loss is a crash like any other.)
 *
 * Bounds: the power fails once, at any time. Three writers: two that meet
 * before it, one that starts after it; or one and two. Two commits each, the
 * last one. */
#define POWERED provided (!has(off, _pid))
#define SYNC_LEASES d_step { kept_leases = leases; kept_bases = bases }
#ifdef NO_SHARD_SYNC
#define SYNC_SHARDS skip
#else
#define SYNC_SHARDS d_step { kept_a = shards_a; kept_b = shards_b }
#endif
#ifdef NO_MANIFEST_SYNC
#define SYNC_MANIFESTS skip
#else
#define SYNC_MANIFESTS kept_manifests = manifests
#endif

/* What is sure to survive: as the directories were when last synced. */
byte kept_leases, kept_bases, kept_manifests, kept_a, kept_b;
byte off; /* the processes that the power loss ended, as bits */

#include "store.pml"
#include "writer.pml"

/* Of the names that were not synced, each is gone or not. */
inline lose(directory, kept) {
  i = COMMITS;
  do
  :: i > 0 && has(directory & ~kept, i) ->
     if
     :: directory = directory & ~bit(i)
     :: true
     fi;
     i--
  :: i > 0 && !has(directory & ~kept, i) -> i--
  :: i == 0 -> break
  od;
  kept = directory
}

active proctype power() {
  byte i;
  atomic {
    off = bit(raised) - 1; /* whoever has raised a fence was running */
    lose(leases, kept_leases);
    lose(bases, kept_bases);
    lose(manifests, kept_manifests);
    lose(shards_a, kept_a);
    lose(shards_b, kept_b);
    check_share()
  }
}
