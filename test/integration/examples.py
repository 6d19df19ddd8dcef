"""The examples print what docs/TUTORIAL.md says."""
# test: timeout=120 sanitizers
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from program import LIMIT, expect, expect_text

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


for name in ("01_hello", "04_custom_strategy", "05_single_neurons"):
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
    again = run("02_train", model, status=1)
    expect_text("holds a model already|already", again)
run("02_train", status=2)

out = run("03_embed")
want = re.sub(r"\d+ % right", r"\\d+ % right", told("03_embed"))
expect(re.fullmatch(want, out), f"the output of 03_embed, not:\n{out}")
expect_text(r"epoch 60: +9\d % right|epoch 60: 100 % right", out)
expect_text("epoch 15", run("03_embed", "--plant.epochs=15"))
