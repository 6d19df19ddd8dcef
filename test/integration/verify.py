"""Where a neuron lives never changes a result: verify over every pair of
nodes, strategy, threads, micro-batches, optimizer and instruction set; with
GANGLION_FULL set over all combinations."""
# test: timeout=400
import itertools
import os
import random

from program import expect_text, run

NETWORK = "mlp:20-64-48-10"
# Neurons with weights before each block border (blocks of 16, output of 10).
BORDERS = [0, 16, 32, 48, 64, 80, 96, 112, 122]

FACTORS = {
    "nodes": ["inside:1", "inside:2", "inside:3", "inside:5", "inside:7",
              "local:2", "local:3"],
    "by": ["count", "percentage", "identifiers", "layers"],
    "threads": ["1", "2", "4"],
    "micro": ["1", "4"],
    "optimizer": ["sgd", "momentum", "adam", "lion"],
    "isa": ["", "avx2"],
}


def strategy(kind, nodes, draw):
    """Arguments of a strategy that cuts no block."""
    if kind == "layers":
        return "layers"
    if kind == "percentage":
        cuts = sorted(draw.randint(0, 100) for _ in range(nodes - 1))
        shares = [b - a for a, b in zip([0] + cuts, cuts + [100])]
        return "percentage=" + ",".join(map(str, shares))
    cuts = sorted(draw.choice(BORDERS) for _ in range(nodes - 1))
    ends = list(zip([0] + cuts, cuts + [122]))
    if kind == "count":
        return "count=" + ",".join(str(b - a) for a, b in ends[:-1]) \
            + ("," if nodes > 1 else "") + "rest"
    # IDs start after the 20 inputs.
    return "identifiers=" + ",".join(
        f"{chr(97 + i)}:{20 + a}-{19 + b}" for i, (a, b) in enumerate(ends)
        if b > a)


def combinations():
    names = list(FACTORS)
    everything = list(itertools.product(*FACTORS.values()))
    if os.environ.get("GANGLION_FULL"):
        return everything
    # Greedy: the combination that covers most pairs not yet covered.
    pairs = {(i, a, j, b) for i, j in itertools.combinations(range(len(names)),
                                                             2)
             for a in FACTORS[names[i]] for b in FACTORS[names[j]]}

    def covered(row):
        return {(i, row[i], j, row[j])
                for i, j in itertools.combinations(range(len(row)), 2)}
    result = []
    while pairs:
        best = max(everything, key=lambda row: len(covered(row) & pairs))
        pairs -= covered(best)
        result.append(best)
    return result


def check_pairs():
    draw = random.Random(1)
    rows = combinations()
    for nodes, by, threads, micro, optimizer, isa in rows:
        count = int(nodes.split(":")[1])
        out, _ = run("verify", "--network", NETWORK, "--data",
                     "generate:300x20x10", "--batch", "64", "--steps", "12",
                     "--nodes", nodes, "--by", strategy(by, count, draw),
                     "--threads", threads, "--micro-batches", micro,
                     "--optimizer", optimizer,
                     env={"GANGLION_ISA": isa} if isa else {})
        expect_text("equal to the bit", out)
    print(len(rows), "combinations equal to the bit")


def check_single_neurons():
    """Each neuron an actor and a block: cut anywhere over three nodes."""
    for first in range(18):
        second = (17 - first) // 2
        out, _ = run("verify", "--network", "mlp:6-9-5-3", "--data",
                     "generate:60x6x3", "--batch", "16", "--steps", "6",
                     "--block-size", "1", "--group-size", "1", "--nodes",
                     "inside:3", "--by", f"count={first},{second},rest")
        expect_text("equal to the bit", out)


def check_cut_blocks():
    out, _ = run("verify", "--network", NETWORK, "--data",
                 "generate:300x20x10", "--batch", "64", "--nodes", "inside:3",
                 "--by", "percentage=37,41,22", "--exact")
    expect_text("cuts blocks", out)
    expect_text("equal within 1e-05", out)


def check_flipped_bit():
    for neuron, layer in [(20, "hidden1"), (99, "hidden2"), (141, "output")]:
        _, err = run("verify", "--network", NETWORK, "--data",
                     "generate:300x20x10", "--nodes", "inside:3", "--by",
                     "percentage=50,30,20", "--flip", f"{neuron}:7:0", status=1)
        expect_text(f"first neuron that differs is {neuron} .*'{layer}'", err)
    for wanted, told in [("hidden2[3]", "first neuron that differs is"),
                         ("hidden2", "name one neuron"),
                         ("middle[3]", "expected neurons such as")]:
        _, err = run("verify", "--network", NETWORK, "--data",
                     "generate:300x20x10", "--steps", "1", "--flip",
                     f"{wanted}:7:0", status=1)
        expect_text(told, err)


def check_kinds():
    """Layers of other kinds, cut in their middle by all strategies."""
    network = "mlp:20-64-norm-48-pool2-drop0.3-10:silu"
    for nodes, by, micro, optimizer in [
            ("inside:3", "percentage=50,30,20", "1", "adam"),
            ("local:3", "percentage=30,40,30", "4", "lion"),
            ("inside:3", "round-robin", "2", "adamw"),
            ("inside:2", "layers=a:hidden1+3+output,b:norm2+pool4+drop5", "3",
             "sgd"),
            ("inside:2", "identifiers=a:hidden1[0..31]+norm2[32..63]+hidden3"
             "+pool4[0..15]+drop5[16..23]+output,b:hidden1[32..63]"
             "+norm2[0..31]+pool4[16..23]+drop5[0..15]", "1", "momentum")]:
        out, _ = run("verify", "--network", network, "--data",
                     "generate:300x20x10", "--batch", "64", "--steps", "12",
                     "--nodes", nodes, "--by", by, "--micro-batches", micro,
                     "--optimizer", optimizer)
        expect_text("equal to the bit", out)


check_pairs()
check_kinds()
check_single_neurons()
check_cut_blocks()
check_flipped_bit()
