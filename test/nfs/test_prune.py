# test: timeout=300 alone
"""A training commits and its host prunes nearly all of that; two readers on the
other host follow. One of them may only read, so that nothing is kept for it."""
import re

from cluster import (MODEL, answers, expect_whole, follow, log, nodes, prune,
                     shown, stop, train_model, wait_for_claims)
from guest import MOUNT, MOUNT_OPTIONS
from lab import expect, main, say, wait_until

READ_ONLY = "/mnt/reading"
ARCHIVE = f"{MOUNT}/archive"
ANSWERS = 10
# What a follower may say beside its answers, and goes on.
EXCUSES = re.compile(r"commit \S+ is skipped: .*No such file"
                     r"|was pruned meanwhile|no commit of model"
                     r"|ganglion: model '.*' has no commit \S+: use one of")


def check_answers(guest, job, archived, name):
    lines = shown(job)
    commits = [re.match(r"commit (\S+):", x)[1] for x in lines]
    steps = [int(x.split("-")[1]) for x in commits]
    expect(steps == sorted(set(steps)), f"newer each time: {commits}")
    checked = 0
    for commit, line in zip(commits, lines):
        if commit in archived:
            due, _ = answers(guest, ARCHIVE, "--commit", commit)
            expect(line == due, f"{name}: '{line}' is '{due}'")
            checked += 1
    for line in list(job.lines):
        expect(line in lines or EXCUSES.search(line), f"{name} says: {line}")
    say(f"{name}: {checked} of {len(lines)} answers checked, "
        f"{len(job.lines) - len(lines)} words beside them")
    expect(checked >= 3, f"{name} has shown some of {archived}: {commits}")


def test(lab):
    server = lab.ganesha()
    a, b = lab.guests("a", "b", server=server)
    b.mount(server, f"{MOUNT_OPTIONS},ro,nosharecache,acdirmax=3", READ_ONLY)
    job = train_model(a, nodes(a), every="0.2s")
    wait_for_claims(job, 2)
    pruning = prune(a, MODEL, ARCHIVE)
    pinning = follow(b, MODEL, "pinning")
    reading = follow(b, f"{READ_ONLY}/model", "reading")
    for follower in (pinning, reading):
        follower.wait_for("^commit ", 120, count=ANSWERS)
    claimed = stop(job)
    last = f"commit {claimed[-1][0]}-{claimed[-1][1]}: "
    for follower in (pinning, reading):
        wait_until(lambda: any(x.startswith(last) for x in shown(follower)),
                   f"the last commit, {last}", 90)
    wait_until(lambda: len(log(a)) <= 3, "few commits are left", 90)
    pruning.signal()
    removed = sum(x.startswith("removed ") for x in pruning.lines)
    say(f"{len(claimed)} commits, {removed} of them removed")
    expect(removed >= ANSWERS, "commits were removed all the time")
    archived = [f"{x}-{y}" for x, y in log(a, model=ARCHIVE)]
    for name, follower in (("pinning", pinning), ("reading", reading)):
        expect(not follower.ended, f"{name} goes on")
        file = b.check(f"md5sum < /run/{name}.csv").split()[0]
        follower.signal()
        expect(file == answers(a, MODEL)[1].split()[0], "the same outputs")
        check_answers(a, follower, archived, name)
    expect_whole(b, claimed)


main(test)
