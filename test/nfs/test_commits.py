# test: timeout=300 alone
"""A training over two hosts commits; the other host reads all the while."""
from cluster import (expect_fresh, expect_whole, nodes, predict, stop,
                     train_model, wait_for_claims)
from lab import main, say


def test(lab):
    a, b = lab.guests("a", "b", server=lab.ganesha())
    job = train_model(a, nodes(a, b))
    wait_for_claims(job, 1)
    for _ in range(10):
        wait_for_claims(job, 1)
        say(f"b sees {expect_fresh(b, job)}")
        predict(b)
    claimed = stop(job)
    for guest in (a, b):
        expect_whole(guest, claimed)


main(test)
