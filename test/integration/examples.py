"""The examples print what docs/TUTORIAL.md says."""
# test: timeout=120 sanitizers
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from program import LIMIT, expect, expect_text
from program import run as program

FOLDER = Path(os.environ["BUILD_DIR"]) / "examples"
TUTORIAL = (Path(os.environ["SOURCE_DIR"]) / "docs/TUTORIAL.md").read_text()


def run(name, *arguments, status=0):
    result = subprocess.run([FOLDER / name, *arguments], text=True,
                            capture_output=True, timeout=LIMIT)
    if result.returncode != status:
        sys.exit(f"FAILED: {name}: status {result.returncode}\n"
                 f"{result.stdout}{result.stderr}")
    return result.stdout + result.stderr


def told(name):
    """The output that the tutorial shows for an example."""
    found = re.search(rf"<!-- output: {name} -->\n```\n(.*?)```", TUTORIAL,
                      re.DOTALL)
    expect(found, f"the output of {name} in the tutorial")
    return found[1]


for name in ("01_hello", "04_custom_strategy", "05_single_neurons",
             "07_generate"):
    out = run(name)
    expect(out == told(name), f"the output of {name} as told, not:\n{out}")

# Trained numbers may differ in their last digits from machine to machine.
with tempfile.TemporaryDirectory() as scratch:
    model = str(Path(scratch, "model"))
    out = run("02_train", model)
    # How many commits there are depends on how long each takes.
    want = re.sub(r"\A(commit \S+\n)+", r"(commit 1-\\d+\\n)+",
                  re.sub(r"classifies \d+ %", r"classifies (9\\d|100) %",
                         told("02_train")))
    expect(re.fullmatch(want, out), f"the output of 02_train, not:\n{out}")
    told_by_us, _ = program("predict", "--model", model, "--data",
                            "generate:2000x16x4")
    expect_text("step 80", told_by_us)
    again = run("02_train", model, status=1)
    expect_text("holds a model already", again)
run("02_train", status=2)

out = run("03_embed")
# Actors run side by side: the machines may come in another order.
want = sorted(re.sub(r": +\d+ % right", r": +\\d+ % right",
                     told("03_embed")).splitlines())
seen = sorted(out.splitlines())
expect(len(want) == len(seen) and all(map(re.fullmatch, want, seen)),
       f"the output of 03_embed, not:\n{out}")
expect_text(r"epoch 60: +9\d % right|epoch 60: 100 % right", out)
expect_text("epoch 15", run("03_embed", "--plant.epochs=15"))


class Lender:
    """06_own_node, which is a node until its input ends."""

    def __init__(self, name):
        self.process = subprocess.Popen(
            [FOLDER / "06_own_node", "lend", name], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.address = self.process.stdout.readline().strip()

    def __enter__(self):
        return self.address

    def __exit__(self, *_):
        self.process.communicate(timeout=LIMIT)
        expect(self.process.returncode == 0, "a node that ends with its input")


with Lender("a") as a, Lender("b") as b:
    out = run("06_own_node", "use", a, b)
    want = re.sub(r"\d+ %", r"(9\\d|100) %", told("06_own_node"))
    expect(re.fullmatch(want, out), f"the output of 06_own_node, not:\n{out}")
expect_text("insecure = true", run("06_own_node", "lend", "a", "0.0.0.0:0",
                                   status=1))
run("06_own_node", status=2)
