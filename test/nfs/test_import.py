# test: timeout=300 alone
"""A host imports models; the other one reads them from the first moment on, and
finds the whole of each or nothing."""
import re

from cluster import (MODEL, answers, expect_whole, export, import_model, log,
                     nodes, predict_often, stop, train_model, wait_for_claims)
from guest import MOUNT
from lab import expect, main, say

WEIGHTS = f"{MOUNT}/weights.safetensors"
NOTHING = r"holds no model: check the path|has no commit yet: wait"
# Some MiB, so that it takes a moment.
NETWORK = "mlp:64-2048-2048-10"
ROUNDS = 4


def outcomes(job):
    """Per run: what it said, its status, and the sum of its file."""
    result, said = [], []
    for line in list(job.lines):
        end = re.match(r"status (\d+) (\w+)", line)
        if end:
            result.append(("\n".join(said), end[1], end[2]))
        said = [] if end else said + [line]
    return result


def watched_import(a, b, number, wanted):
    model = f"{MOUNT}/import{number}"
    job = predict_often(b, model)
    job.wait_for("status 1", 60)
    import_model(a, WEIGHTS, model, NETWORK)
    imported = len(outcomes(job))
    job.wait_for("status 0", 60, count=2)
    job.signal()
    found = outcomes(job)
    first = [x[1] for x in found].index("0")
    for said, status, _ in found[:first]:
        expect(status == "1" and re.search(NOTHING, said),
               f"nothing of it: {status} {said}")
    for said, status, file in found[first:]:
        expect(status == "0" and file == wanted, f"all of it: {said} {file}")
    # One run may have begun before it was there, and end now.
    expect(first <= imported + 1, "it is seen as soon as it is there")
    between = sum("no commit yet" in x[0] for x in found)
    say(f"{first} times nothing, {between} of these while it was being made; "
        f"{len(found) - first} times all of it")


def test(lab):
    a, b = lab.guests("a", "b", server=lab.ganesha())
    job = train_model(a, nodes(a), every=20, network=NETWORK)
    wait_for_claims(job, 2)
    stop(job)
    export(a, MODEL, WEIGHTS)
    wanted = answers(a, MODEL)[1].split()[0]
    for number in range(ROUNDS):
        watched_import(a, b, number, wanted)
    expect(log(b, model=f"{MOUNT}/import0") == [(1, 0)], "one commit")
    expect_whole(b, [(1, 0)], model=f"{MOUNT}/import0")


main(test)
