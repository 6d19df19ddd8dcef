# test: timeout=300 alone
"""A writer that is cut off, or stopped, and comes back after another one took
over: it is told, and whatever it writes is void."""
import signal
import time

from cluster import (LOST, claims, expect_whole, log, stop, train_model,
                     wait_for_claims)
from lab import LEASE, expect, main, say


def expect_told(job, last_claims, successor):
    """The old writer ends, says why, and claims nothing after its fence fell."""
    status, output = job.wait(90)
    expect(status not in (0, None), f"the old writer fails: {output}")
    told = job.wait_for(LOST).string
    late = [x for x in claims(job) if x not in last_claims]
    expect(not late, f"no claim after another writer took over: {late}")
    expect(all(x[0] < successor[0] for x in claims(job)), "a lower fence")
    say(f"the old writer was told: {told}")


def take_over(b, claimed):
    job = train_model(b, "inside:1", "--resume", "--take-over")
    first = wait_for_claims(job, 1, 90)[0]
    expect(first[0] > max(claimed)[0], f"{first} has a fence above {claimed}")
    say(f"b took over with {first}")
    return job, first


def cut_off_past_the_lease(a, b):
    old = train_model(a, "inside:1")
    wait_for_claims(old, 3)
    a.cut()
    cut = time.monotonic()
    # What it had sent may still come back as a claim within this moment.
    b.check(f"sleep {LEASE + 5}")
    claimed = claims(old)
    new, first = take_over(b, claimed)
    wait_for_claims(new, 3)
    a.mend()
    say(f"guest a is back after {time.monotonic() - cut:.0f} s")
    expect_told(old, claimed, first)
    wait_for_claims(new, 3)
    return claimed + stop(new)


def stopped_with_its_lock_held(a, b):
    old = train_model(a, "inside:1", "--resume")
    wait_for_claims(old, 3)
    old.signal(signal.SIGSTOP)
    claimed = claims(old)
    new, first = take_over(b, claimed)
    wait_for_claims(new, 3)
    old.signal(signal.SIGCONT)
    expect_told(old, claims(old), first)
    wait_for_claims(new, 3)
    return claimed + stop(new)


def test(lab):
    a, b = lab.guests("a", "b", server=lab.ganesha())
    for scene in (cut_off_past_the_lease, stopped_with_its_lock_held):
        claimed = scene(a, b)
        for guest in (a, b):
            expect_whole(guest, claimed)
        expect(log(a) == log(b), "both guests see the same commits")


main(test)
