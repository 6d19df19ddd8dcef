# test: timeout=300 alone
"""Linux's own server lends readers their files: nobody reads a stale commit."""
from cluster import (expect_fresh, expect_whole, predict, stop, train_model,
                     wait_for_claims)
from lab import expect, main, say


def delegations(server):
    count = server.guest.check("cat /proc/fs/nfsd/clients/*/states | "
                               "grep -c 'type: deleg' || true")
    return int(count)


def test(lab):
    server = lab.kernel_server()
    a, b, c = lab.guests("a", "b", "c", server=server)
    job = train_model(a, "inside:1", every=2)
    wait_for_claims(job, 1)
    for _ in range(8):
        for guest in (b, c):
            seen = expect_fresh(guest, job)
            predict(guest)
        say(f"commit {seen} was read, {delegations(server)} files are lent")
    expect(delegations(server), "the server grants delegations")
    claimed = stop(job)
    for guest in (a, b, c):
        expect_whole(guest, claimed)


main(test)
