"""A process that commits is killed at 200 random moments, and a real training at
some: each time the model is whole, and nothing that was committed is lost."""
# test: timeout=240
import collections
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

from program import PROGRAM, expect, expect_text, run, wait_until

KILLS = int(os.environ.get("KILLS", "200"))
TRAININGS = KILLS // 10
IN_CALLS = KILLS // 2  # that must hit a call of a commit
BETWEEN = "between calls"
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**9))
LONGEST = 0.12  # seconds that a writer lives
draw = random.Random(SEED)


def pair(text):
    return tuple(map(int, text.split("-")))


class Check:
    """What was claimed, and whether the model still has it."""

    def __init__(self, model):
        self.model = model
        self.claimed = set()

    def after_a_kill(self):
        if not os.path.exists(os.path.join(self.model, "network")):
            expect(not self.claimed, "a model that vanished")
            return
        out, _ = run("model", "fsck", self.model)
        newest, = re.findall(r"^newest whole +(\S+)$", out, re.M)
        whole = {pair(x) for x in re.findall(r"^(\d+-\d+) +whole$", out, re.M)}
        expect(self.claimed <= whole, f"lost: {self.claimed - whole}\n{out}")
        if self.claimed:
            expect(pair(newest) >= max(self.claimed), f"newest is {newest}, but "
                   f"{max(self.claimed)} was claimed")

    def prune(self):
        """Keeps fsck short. What is killed here and there leaves no obstacle."""
        if not self.claimed:
            return
        out, _ = run("model", "fsck", self.model)
        whole = {pair(x) for x in re.findall(r"^(\d+-\d+) +whole$", out, re.M)}
        done = subprocess.run([PROGRAM, "model", "prune", self.model, "--keep",
                               "2"], capture_output=True, text=True, check=False)
        if done.returncode != 0:  # not before the model was opened once more
            expect_text("a writer .* died doing so", done.stderr)
            return
        # There may be newer ones, whose writers died before they said so.
        self.claimed &= set(sorted(whole)[-2:])
        self.after_a_kill()


def killed_writer(model, delay):
    """Lives for a random time; all that it said."""
    process = subprocess.Popen([os.environ["WRITE_MODEL"], model, "forever"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + delay
    try:
        out, err = process.communicate(timeout=max(end - time.monotonic(), 0))
        sys.exit(f"FAILED: the writer ended by itself: {err.decode()}")
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
    expect(process.returncode == -signal.SIGKILL, "killed")
    lines = out.decode().split("\n")
    expect(lines.pop() == "", "whole lines")
    return lines


def call_name(line):
    """"> link M/shards/x.new M/shards/x" -> "link shards"."""
    words = line[2:].split(" ")
    part = re.search(r"/(network|placements|shards|manifests|leases|pins)\b",
                     words[-1] if words[0] == "link" else words[1])
    return f"{words[0]} {part[1] if part else 'the model'}"


def where_it_was(lines):
    """Whether it was inside a commit, and the call that was under way."""
    marks = [x.split(" ")[0] for x in lines if x[0] in "bd"]
    last = [x for x in lines if x[0] in "<>"][-1:]
    if not last:
        return False, "before any call"
    call = call_name(last[0]) if last[0][0] == ">" else BETWEEN
    return marks[-1:] == ["begin"], call


def kill_writers(scratch):
    check = Check(os.path.join(scratch, "writer"))
    found = {True: collections.Counter(), False: collections.Counter()}
    kills = in_calls = 0
    while kills < KILLS or in_calls < IN_CALLS:
        kills += 1
        expect(kills < 5 * KILLS, f"enough kills in calls, not {in_calls}")
        lines = killed_writer(check.model, draw.uniform(0, LONGEST))
        check.claimed |= {pair(x[5:]) for x in lines if x.startswith("done ")}
        inside, call = where_it_was(lines)
        found[inside][call] += 1
        in_calls += inside and call != BETWEEN
        check.after_a_kill()
        if kills % 10 == 0:
            check.prune()
    return found


def killed_training(check, delay):
    """A training that is killed so long after its first claim."""
    log = os.path.join(os.path.dirname(check.model), "log")
    with open(log, "w", encoding="utf-8") as err:
        more = (["--resume"] if check.claimed else
                ["--network", "mlp:20-64-10", "--data", "generate:500x20x10"])
        process = subprocess.Popen(
            [PROGRAM, "train", "--model", check.model, *more, "--epochs",
             "1000000", "--commit-every", "1"], stderr=err,
            stdout=subprocess.DEVNULL)

    def claims():
        with open(log, encoding="utf-8") as f:
            return {pair(x) for x in re.findall(r"commit (\d+-\d+): loss .* s\n",
                                                f.read())}
    try:
        wait_until(lambda: claims() or process.poll() is not None, "a commit")
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            pass
    finally:
        process.kill()
        process.wait()
    expect(process.returncode == -signal.SIGKILL, "a training goes on")
    check.claimed |= claims()


def kill_trainings(scratch):
    check = Check(os.path.join(scratch, "training"))
    for _ in range(TRAININGS):
        killed_training(check, draw.uniform(0, LONGEST))
        check.after_a_kill()
        check.prune()


def show(title, counter):
    print(f"{title}: {sum(counter.values())}")
    for call, count in counter.most_common():
        print(f"{count:6} {call}")


def main():
    print(f"seed {SEED} (SEED={SEED} repeats the same moments)", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        found = kill_writers(scratch)
        show("killed inside a commit, in the call", found[True])
        show("killed elsewhere", found[False])
        kill_trainings(scratch)
        print(f"{TRAININGS} kills of a training that commits every step")


main()
