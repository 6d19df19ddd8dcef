# test: timeout=240 alone
"""The NFS server is killed in the middle of commits, or stands still, and comes
back."""
import os
import signal

from cluster import (MODEL, PROGRAM, claims, expect_whole, nodes, stop,
                     train_model, wait_for_claims)
from guest import MOUNT
from lab import expect, main, say, wait_until

# Wide enough that a commit takes a while: 13 MB with the optimizer's state.
WIDE = "mlp:64-1024-1024-10"


def names(server, folder):
    path = MODEL.replace(MOUNT, server.folder) + f"/{folder}"
    return set(os.listdir(path)) if os.path.isdir(path) else set()


def crash_when_a_name_appears(server, job, folder):
    """The name may be temporary, final, or both, when the server dies."""
    before = names(server, folder)
    wait_until(lambda: names(server, folder) - before, f"a name in {folder}", 60)
    server.kill()
    claimed = len(claims(job))
    say(f"ganesha was killed while {folder} changed; {claimed} claims so far")
    server.start()
    wait_for_claims(job, 3, 90)
    expect(not job.ended, f"the training goes on: {job.output}")


def training_goes_on_while_the_share_stands_still(server, job):
    """Epochs pass, though no call to the share returns."""
    epochs = r"epoch \d+ "
    server.process.send_signal(signal.SIGSTOP)
    try:
        # What was answered before may still arrive as a claim.
        passed = sum("epoch" in x for x in list(job.lines))
        job.wait_for(epochs, 60, count=passed + 1)
        claimed = len(claims(job))
        job.wait_for(epochs, 60, count=passed + 4)
        expect(len(claims(job)) == claimed, "no claim while the share is still")
    finally:
        server.process.send_signal(signal.SIGCONT)
    say("three epochs passed while ganesha stood still")
    wait_for_claims(job, 3, 90)


def test(lab):
    server = lab.ganesha()
    a, b = lab.guests("a", "b", server=server)
    job = train_model(a, nodes(a, b), every=1, network=WIDE)
    wait_for_claims(job, 2)
    for folder in ("shards", "manifests", "shards"):
        crash_when_a_name_appears(server, job, folder)
    training_goes_on_while_the_share_stands_still(server, job)
    # A reader is in the middle of something, too.
    reader = b.start([PROGRAM, "model", "fsck", MODEL])
    server.restart()
    expect(reader.wait(90)[0] == 0, f"a reader goes on: {reader.output}")
    wait_for_claims(job, 2, 90)
    claimed = stop(job)
    for guest in (a, b):
        expect_whole(guest, claimed)


main(test)
