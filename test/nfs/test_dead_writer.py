# test: timeout=300 alone
"""The host that holds the lease dies; another one takes over and goes on."""
import time

from cluster import (claims, expect_whole, log, nodes, stop, train_model,
                     wait_for_claims)
from lab import LEASE, expect, main, say

BUSY = r"is being written by"


def refused(b, where):
    """A writer that nobody told to take over waits for the dead one's lease."""
    job = train_model(b, where, "--resume")
    status, output = job.wait(30)
    expect(status not in (0, None), f"a second writer is refused: {output}")
    job.wait_for(BUSY)
    say(f"refused: {output.splitlines()[-1]}")


def goes_on(b, where, claimed):
    """Once the dead host's lease is over, by which its lock is free."""
    end = time.monotonic() + 3 * LEASE
    while True:
        job = train_model(b, where, "--resume")
        while not claims(job) and not job.ended:
            time.sleep(0.05)
        if claims(job):
            break
        expect(time.monotonic() < end, f"b takes over: {job.output}")
    first = claims(job)[0]
    expect(first > max(claimed) and first[0] > max(claimed)[0],
           f"b's first commit {first} follows a's last one {max(claimed)}")
    say(f"b goes on with {first}")
    return job


def test(lab):
    a, b = lab.guests("a", "b", server=lab.ganesha())
    here = nodes(b)
    job = train_model(a, nodes(a) + "," + here)
    claimed = wait_for_claims(job, 3)
    refused(b, "inside:1")
    claimed = wait_for_claims(job, 1)
    a.kill()
    claimed = claims(job)
    say(f"guest a was killed; its last claim was {claimed[-1]}")
    refused(b, "inside:1")
    job = goes_on(b, here, claimed)
    wait_for_claims(job, 3)
    expect(set(claimed) & set(log(b)), "commits of a still count")
    claimed += stop(job)
    expect_whole(b, claimed)


main(test)
