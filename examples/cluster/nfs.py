"""The cluster of `examples/cluster/run --nfs`: three hosts with kernels of their
own (user-mode Linux), a node on each, and the model on real NFS between them.
It is made by test/nfs/lab.py, in namespaces of its own, and leaves nothing."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../test/nfs"))

from cluster import MODEL, PROGRAM, nodes  # noqa: E402
from lab import expect, main  # noqa: E402

NETWORK, DATA, EPOCHS = sys.argv[1:]
LIMIT = 1800  # seconds


def step(text):
    print(f"\n== {text}", flush=True)


def show(guest, command):
    """Runs a command of the program in a guest, and prints what it says."""
    status, output = guest.run([PROGRAM, *command], LIMIT)
    print(output, flush=True)
    expect(status == 0, f"status 0 of ganglion {command[0]}")


def cluster(lab):
    step("an NFS server, and three hosts that mount it")
    guests = lab.guests("a", "b", "c", server=lab.ganesha())
    where = nodes(*guests)
    for guest in guests:
        print(guest.jobs[-1].output)
    a, b, c = guests

    step(f"on host a: ganglion train --model {MODEL}")
    training = a.start([PROGRAM, "train", "--network", NETWORK, "--data", DATA,
                        "--epochs", EPOCHS, "--nodes", where, "--by",
                        "percentage=50,30,20", "--model", MODEL])
    status, output = training.wait(LIMIT)
    print(output, flush=True)
    expect(status == 0, "a training that ends well")

    step(f"on host b: ganglion model log {MODEL}")
    show(b, ["model", "log", MODEL])

    step(f"on host c: ganglion status --nodes {b.address}:4701")
    show(c, ["status", "--nodes", f"{b.address}:4701"])

    step("on host c: predictions from the model, with the three nodes")
    show(c, ["predict", "--model", MODEL, "--data", DATA, "--nodes", where,
             "--output", "/run/predictions.csv"])


main(cluster, LIMIT)
