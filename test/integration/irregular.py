"""Thousands of neurons that are wired one by one answer what they should."""
# test: timeout=120
import math
import os
import random
import re
import tempfile

from program import expect, run

NEURONS = 5000
INPUTS = 50
EDGES = 50_000
TICKS = 10
WATCHED = range(4990, 5000)

random.seed(7)
edges = set()
while len(edges) < EDGES:
    edges.add((random.randrange(NEURONS), random.randrange(INPUTS, NEURONS)))
edges = [(s, t, round(random.uniform(-0.6, 0.6), 4)) for s, t in sorted(edges)]
inputs = [round(random.uniform(-1, 1), 3) for _ in range(INPUTS)]


def reference():
    """What all neurons answer after each tick, in double precision."""
    now = inputs + [0.0] * (NEURONS - INPUTS)
    result = []
    for _ in range(TICKS):
        sums = [0.0] * NEURONS
        for source, target, weight in edges:
            sums[target] += weight * now[source]
        now = inputs + [math.tanh(x) for x in sums[INPUTS:]]
        result.append(now)
    return result


def shown(text):
    """The columns of ticks, by neuron."""
    result = {}
    for line in text.splitlines():
        if re.match(r"  \d+ ", line):
            words = line.split()
            if words[0].isdigit() and int(words[0]) in WATCHED:
                result.setdefault(int(words[0]), []).extend(
                    float(x) for x in words[1:])
    return result


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "edges.csv")
    order = edges[:]
    random.shuffle(order)
    with open(path, "w") as f:
        f.writelines(f"{s},{t},{w}\n" for s, t, w in order)
    script = os.path.join(folder, "script.txt")
    values = " ".join(map(str, inputs))
    with open(script, "w") as f:
        f.write(f"network edges {path}\n"
                "deploy inside:3\n"
                f"watch {WATCHED.start}-{WATCHED.stop - 1}\n"
                f"fire {values} ticks {TICKS}\n"
                "move 2000-4995 to b\n"
                f"fire ticks {TICKS}\n"
                "compare single\n"
                f"save {folder}/model/\n"
                "free\n"
                f"load {folder}/model/\n"
                "deploy local:2 by percentage=37,63\n"
                f"watch {WATCHED.start}-{WATCHED.stop - 1}\n"
                f"fire {values} ticks {TICKS}\n")
    text = run("repl", script)[0]
    parts = text.split("between nodes: ")[1:]
    want = reference()
    runs = [x for x in map(shown, parts) if x]
    expect(len(runs) == 3, f"three runs that were watched, not {len(runs)}")
    for got in runs:
        expect(got == runs[0], "the same where all neurons moved, or came from "
                               "a model")
    for neuron in WATCHED:
        got = runs[0][neuron]
        expect(len(got) == TICKS, f"{TICKS} ticks of neuron {neuron}")
        for tick in range(TICKS):
            error = abs(got[tick] - want[tick][neuron])
            expect(error < 2e-3, f"neuron {neuron} at tick {tick + 1}: "
                                 f"{want[tick][neuron]}, not {got[tick]}")
    expect(text.count("equal to the bit") == 2, "equal bits in one process")

    plan = run("plan", "--network", f"edges:{path}", "--nodes", "a,b", "--by",
               "percentage=50,50")[0]
    expect("2475" in plan, f"half of the neurons on each node:\n{plan}")
    failed = run("train", "--network", f"edges:{path}", "--data",
                 "generate:20x50x2", status=1)[1]
    expect("cannot be trained" in failed, f"an error that says why: {failed}")
print("ok")
