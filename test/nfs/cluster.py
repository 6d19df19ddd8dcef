"""The program in guests of the lab: nodes, trainings, and what they must keep.

Command lines of the program are in here, and nowhere else in test/nfs.
"""
import os
import re
import shlex
import signal

from guest import MOUNT
from lab import expect, say

PROGRAM = os.environ.get("GANGLION", "ganglion")
PORT = 4701
MODEL = f"{MOUNT}/model"
NETWORK = "mlp:64-256-128-10"
DATA = "generate:4000x64x10"
# What the trainer prints for every commit that it claims: its fence and step.
CLAIM = r"\bcommit (\d+)-(\d+): loss"
# What it says when its lease is lost.
LOST = r"lost lease"


def nodes(*guests):
    """Starts a node in each guest; their addresses, as --nodes takes them."""
    addresses = [f"{guest.address}:{PORT}" for guest in guests]
    for guest, address in zip(guests, addresses):
        job = guest.start([PROGRAM, "node", "--name", guest.name, "--listen",
                           address, "--threads", "1", "--insecure",
                           "--share", MOUNT,
                           *(["--join", addresses[0]]
                             if address != addresses[0] else [])])
        job.wait_for(" listens at ", 30)
    return ",".join(addresses)


def train(guest, where, *more, network=NETWORK, data=DATA, epochs=1000000):
    """A training in a guest, in the background."""
    return guest.start([PROGRAM, "train", "--network", network, "--data", data,
                        "--epochs", epochs, "--threads", "1", "--nodes", where,
                        *more])


def train_model(guest, where, *more, every=5, **named):
    """A training that commits to the model on the share."""
    return train(guest, where, "--model", MODEL, "--commit-every", every, *more,
                 **named)


def claims(job):
    """The commits that a training claimed so far: (fence, step), in order."""
    found = (re.search(CLAIM, line) for line in list(job.lines))
    return [(int(x[1]), int(x[2])) for x in found if x]


def wait_for_claims(job, count, timeout=60):
    """Until a training has claimed so many commits more; all of them."""
    goal = len(claims(job)) + count
    job.wait_for(CLAIM, timeout, count=goal)
    return claims(job)


def stop(job, timeout=60):
    """Asks a training to end, as a user does, and takes its last claims."""
    job.signal(signal.SIGTERM)
    job.wait(timeout)
    return claims(job)


def log(guest, timeout=60, model=MODEL):
    """The commits that count, newest first, as a guest sees them."""
    output = guest.check([PROGRAM, "model", "log", model], timeout)
    found = (re.search(r"\b(\d+)-(\d+)\b", x) for x in output.splitlines())
    commits = [(int(x[1]), int(x[2])) for x in found if x]
    expect(commits, f"commits in the log:\n{output}")
    return commits


def predict(guest, timeout=60):
    """Reads the newest commit, whole, as a program that uses the model does."""
    return guest.check([PROGRAM, "predict", "--model", MODEL, "--data", DATA],
                       timeout)


def answers(guest, model, *more, timeout=60):
    """What a commit of a model says of the data: the line and every output."""
    file = "/run/answers.csv"
    line = guest.check([PROGRAM, "predict", "--model", model, "--data", DATA,
                        "--output", file, "--outputs", *more], timeout)
    return line.splitlines()[-1], guest.check(f"md5sum {file}")


def predict_often(guest, model):
    """Predicts again and again, in the background, whatever comes of it; says
    its status each time, and the sum of its file."""
    file = f"/run/{os.path.basename(model)}.csv"
    command = shlex.join([PROGRAM, "predict", "--model", model, "--data", DATA,
                          "--output", file, "--outputs"])
    return guest.start(f"while true; do rm -f {file}; {command}; "
                       f"echo status $? $(cat {file} | md5sum); done 2>&1")


def follow(guest, model, name):
    """Predicts every newer commit, in the background."""
    return guest.start([PROGRAM, "predict", "--model", model, "--data", DATA,
                        "--follow", "--output", f"/run/{name}.csv",
                        "--outputs"])


def shown(job):
    """The lines of a follower that say what a commit answers."""
    return [x for x in list(job.lines) if re.match(r"commit \d+-\d+: step", x)]


def export(guest, model, file, timeout=60):
    guest.check([PROGRAM, "model", "export", model, file], timeout)


def import_model(guest, file, model, network=NETWORK, timeout=60):
    guest.check([PROGRAM, "model", "import", file, model, "--network", network],
                timeout)


def prune(guest, model, archive):
    """Prunes all but the newest commit, again and again, in the background.
    Before that each time all that is there is linked into another folder, a
    model that has had nothing removed: manifests first, since what a manifest
    names was there before it, and what comes later is linked the next time."""
    command = shlex.join([PROGRAM, "model", "prune", model, "--keep", "1"])
    return guest.start(f"mkdir -p {archive}; while true; do "
                       f"cp -alu {model}/manifests {archive}/ 2> /dev/null; "
                       f"for x in {model}/*; do case $x in */manifests) ;; "
                       f"*) cp -alu $x {archive}/ 2> /dev/null ;; esac; done; "
                       f"{command}; done")


def expect_fresh(guest, job):
    """A guest sees at least what was claimed before it looked."""
    claimed = max(claims(job))
    newest = max(log(guest))
    expect(newest >= claimed, f"guest {guest.name} sees {newest} when {claimed} "
           "is committed")
    return newest


def expect_whole(guest, claimed, timeout=60, model=MODEL):
    """The end of every scenario: the model is whole, nothing claimed is lost."""
    guest.check([PROGRAM, "model", "fsck", model], timeout)
    newest = max(log(guest, model=model))
    expect(newest >= max(claimed), f"the newest commit is {newest}, but "
           f"{max(claimed)} was claimed")
    say(f"fsck in {guest.name}: whole; newest {newest}, claimed {max(claimed)}")
