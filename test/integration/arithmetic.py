"""Nodes with different instruction sets compute the same bits."""
# test: timeout=60
import contextlib
import re

from program import Node, expect_text, run

JOB = ["--network", "mlp:20-48-norm-40-10:gelu", "--data", "generate:300x20x10",
       "--optimizer", "adam"]


def usable():
    """The words that this machine's processor knows, as the error lists them."""
    _, err = run("plan", "--network", "mlp:4-3", status=2,
                 env={"GANGLION_ISA": "abacus"})
    expect_text("GANGLION_ISA=abacus names nothing", err)
    found = re.search(r"it has ([a-z0-9, ]+)", " ".join(err.split()))
    return found.group(1).split(", ")


def check_mixed(words):
    """A node each, one unrestricted, against one process of each kind."""
    with contextlib.ExitStack() as stack:
        nodes = [stack.enter_context(Node(f"n{i}", env={"GANGLION_ISA": word}))
                 for i, word in enumerate([*words, ""])]
        shares = ["40", "35", "25"] if len(nodes) == 3 else ["60", "40"]
        for word in words:
            out, _ = run("verify", *JOB, "--steps", "8", "--batch", "60",
                         "--micro-batches", "2", "--by",
                         "percentage=" + ",".join(shares),
                         "--nodes", ",".join(x.address for x in nodes),
                         env={"GANGLION_ISA": word})
            expect_text("equal to the bit", out)


words = usable()
check_mixed(words)
print("equal with", ", ".join(words))
