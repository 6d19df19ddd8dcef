"""An actor of any kind that throws, hangs or loses a message ends the run, with
its name; the other nodes are free at once."""
# test: timeout=300 sanitizers
import os

from program import Node, Training, expect, expect_text, run

# What the issue allows, and some for a busy machine.
SOON = 10 + 20
# By kind, what the error says of it; a hang is named by whoever hangs.
NAMES = {
    "group": r"neurons \d+-\d+ of layer '(hidden1|hidden2|output)'",
    "relay": r"the relay of layer '(input|hidden1|hidden2)'",
    "loss": "the loss",
    "node": "the node itself|node 'b'",
}


def drilled(kind, fault, threads):
    drill = ("--drill", f"{kind}:{fault}@1000")
    with (Node("a") as a, Node("b", *drill, threads=threads) as b,
          Node("c") as c):
        nodes = f"{a.address},{b.address},{c.address}"
        # The loss is where most of the last layer is.
        with Training("--nodes", nodes, "--by", "percentage=20,60,20",
                      "--within", "layer") as t:
            t.wait_for_steps()
            status, text = t.end(SOON)
        expect(status == 1, f"status 1 after {kind}:{fault}, not {status}")
        expect_text("node 'b'", text)
        # A node that ends, ends; all else is told by name.
        if (kind, fault) != ("node", "throw"):
            expect_text(NAMES[kind], text)
        if fault == "throw" and kind != "node":
            expect_text("a drill", text)
        run("train", "--network", "mlp:20-16-10", "--data",
            "generate:100x20x10", "--batch", "10", "--epochs", "1", "--nodes",
            f"{a.address},{c.address}", "--by", "percentage=50,50")
        return b.process.poll()


def every_kind_of_fault(full):
    for kind in NAMES:
        for fault in ("throw", "hang", "drop"):
            for threads in (1, 2) if full or fault == "hang" else (2,):
                left = drilled(kind, fault, threads)
                if (kind, fault) == ("node", "throw"):
                    expect(left == 1, f"the node ends with 1, not {left}")
                else:
                    expect(left is None, f"node b is there after {kind}:"
                           f"{fault}, not ended with {left}")


every_kind_of_fault(bool(os.environ.get("GANGLION_FULL")))
