# test: timeout=90 alone
"""One node in each of two guests: a cluster of two hosts, with real TCP."""
import re

from cluster import nodes, train
from lab import expect, main, say

ONCE = {"data": "generate:1000x64x10", "epochs": 2}


def digest(a, place):
    status, output = train(a, place, "--json", **ONCE).wait(60)
    expect(status == 0, f"training over {place}: {output}")
    return re.search(r'"weights_sha256": "([0-9a-f]{64})"', output)[1]


def trains_as_one_process_does(a, where):
    over, alone = digest(a, where), digest(a, "inside:1")
    expect(over == alone, f"equal weights over two hosts: {over}, {alone}")
    say("trained over both guests, with the weights of one process")


def a_guest_that_dies_ends_the_run(a, b, where):
    job = train(a, where)
    job.wait_for("step", 30)
    b.kill()
    status, output = job.wait(30)
    expect(status == 1 and "node 'b'" in output,
           f"status 1 and the name of the node, not {status}: {output}")
    say("the run ended when guest b died")


def test(lab):
    a, b = lab.guests("a", "b")
    where = nodes(a, b)
    say(f"nodes run at {where}")
    trains_as_one_process_does(a, where)
    a_guest_that_dies_ends_the_run(a, b, where)


main(test)
