"""Checks a model of the store's protocol with Spin, exhaustively: right as it
is, and wrong in every variant that is broken on purpose by a switch.

  check.py NAME           one of MODELS below
  check.py NAME SWITCH..  one variant alone, with its counterexample

With GANGLION_FULL set, bounds are larger where a model has a switch FULL."""
# test: timeout=240
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIMIT = 200  # seconds for one search, against hangs

# File; switches of the model itself; switches that break it.
MODELS = {
    "lease": ("lease.pml", [], ["ONE_LOCK", "LOCK_LATE", "NEXT_NUMBER"]),
    "commit": ("commit.pml", [],
               ["MANIFEST_FIRST", "BASE_BEFORE_FENCE", "NO_SECOND_LOOK",
                "IGNORE_BASES", "LEASES_FIRST", "UNSEEN_IS_NONE"]),
    "power": ("power.pml", [], ["NO_SHARD_SYNC", "NO_MANIFEST_SYNC"]),
    "prune": ("prune.pml", [],
              ["NO_SECOND_PINS", "LOCK_PIN_LATE", "PRUNE_UNSETTLED",
               "PRUNE_ALL_UNNAMED"]),
    "prune_two_readers": ("prune.pml", ["PIN_OF_ANOTHER"],
                          ["PRUNE_AROUND_PINS"]),
}
# The ends of processes that go on for ever, and a walk that lacks a base where
# all bases are known.
NEED_NOT_BE_REACHED = re.compile(r'"-end-"|"\w+ = \(\(\d\*\d\)\+1\)"')


def missing_tools():
    tools = [x for x in ("spin", "cc") if not shutil.which(x)]
    if tools:
        print(f"{' and '.join(tools)} not found: run scripts/setup --tests")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)


def call(folder, *command):
    result = subprocess.run(command, cwd=folder, capture_output=True,
                            text=True, timeout=LIMIT)
    return result.returncode, result.stdout + result.stderr


def search(folder, model, switches, optimize):
    """Generates, compiles and runs a verifier; errors, states, all it says."""
    source = [*(f"-D{x}" for x in switches), str(HERE / model)]
    for command in (["spin", "-a", *source],
                    ["cc", optimize, "-w", "-DSAFETY", "-DMEMLIM=4096", "-o",
                     "pan", "pan.c"]):
        status, text = call(folder, *command)
        if status:
            sys.exit(f"FAILED: {' '.join(command)}:\n{text}")
    # -E: whoever waits for ever has crashed. -m: far deeper than it gets.
    status, text = call(folder, "./pan", "-E", "-m1000000", "-w22")
    found = re.search(r"errors: (\d+)\n\s*(\S+) states, stored", text)
    if status or not found:
        sys.exit(f"FAILED: the verifier ended with status {status}:\n{text}")
    return int(found[1]), found[2], text


def counterexample(folder, model, switches):
    """What each process did to the share and its own data, up to the error."""
    _, text = call(folder, "spin", "-t", "-p", "-k", f"{model}.trail",
                   *(f"-D{x}" for x in switches), str(HERE / model))
    steps = re.findall(
        r"proc +(\d+) \((\w+):1\) \S*?([\w.]+:\d+) .*\[(.* = .*)\]", text)
    return "\n".join(f"  {who} {number:3} {at:16} {step}"
                     for number, who, at, step in steps
                     if not re.match(r"(now_|line_|newest = now|i = )", step))


def expect_right(model, switches):
    with tempfile.TemporaryDirectory() as folder:
        errors, states, text = search(folder, model, switches, "-O2")
        if errors:
            sys.exit(f"FAILED: {model} {switches}:\n"
                     f"{counterexample(folder, model, switches)}\n{text}")
    if re.search(r"not completed|too small|truncated|bitstate", text, re.I):
        sys.exit(f"FAILED: {model}: the search is not complete:\n{text}")
    unreached = [x for x in re.findall(r"\n(\t\S+:\d+, state .*)", text)
                 if not NEED_NOT_BE_REACHED.search(x)]
    if unreached:
        sys.exit(f"FAILED: {model}: never reached, so not checked:\n"
                 + "\n".join(unreached))
    return f"right in all {states} states"


def expect_wrong(model, switches):
    with tempfile.TemporaryDirectory() as folder:
        errors, states, text = search(folder, model, switches, "-O1")
    violated = re.search(r"assertion violated (.*) \(at depth", text)
    if not errors or not violated:
        sys.exit(f"FAILED: {model} is broken by {switches[-1]}, and Spin finds "
                 f"no fault in {states} states:\n{text}")
    return f"found to be wrong after {states} states: not {violated[1]}"


def main(name, *switches):
    missing_tools()
    model, own, breaking = MODELS[name]
    if switches:
        print(expect_right(model, [*own, *switches]))
        return
    full = ["FULL"] if os.environ.get("GANGLION_FULL") else []
    for expect, more in ((expect_right, full),
                         *((expect_wrong, [x]) for x in breaking)):
        begin = time.monotonic()
        says = expect(model, [*own, *more])
        print(f"{name} {' '.join(more)}: {says}; "
              f"{time.monotonic() - begin:.1f} s", flush=True)


main(*sys.argv[1:])
