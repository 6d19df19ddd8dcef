"""A node holds its share of the weights once: its memory stays within a tenth
of the plan, also while it reads the share from a model."""
# test: timeout=300
import json
import os
import re
import subprocess
import sys
import tempfile
import time

from program import PROGRAM, expect, run

# Of which each node has half: large beside what a program needs by itself.
SHAPE = ("--blocks", "3", "--tokens", "8000")
# The program, its threads, and what is on its way from the disk.
BESIDE = 130e6
CUTS = [("percentage=50,50", "--within", "layer"), ("layers",)]


def peaks_of_children(process):
    """The most memory that each node had by the end."""
    peaks = {}
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/task/{process.pid}/children",
                      encoding="ascii") as f:
                children = f.read().split()
            for child in children:
                with open(f"/proc/{child}/status", encoding="ascii") as f:
                    found = re.search(r"VmHWM:\s+(\d+)", f.read())
                if found:
                    peaks[child] = 1024 * int(found[1])
        except OSError:
            pass
        time.sleep(0.02)
    return sorted(peaks.values())


def planned(model, cut):
    plan = json.loads(run("plan", "--model", model, "--nodes", "a,b", "--by",
                          *cut, "--threads", "1", "--json")[0])
    return sorted(x["weight_bytes"] + x["activation_bytes"] + x["cache_bytes"]
                  for x in plan["nodes"])


with tempfile.TemporaryDirectory() as scratch:
    folder = os.path.join(scratch, "folder")
    model = os.path.join(scratch, "model")
    subprocess.run([sys.executable,
                    os.path.join(os.environ["SOURCE_DIR"], "test/bench",
                                 "random_llama.py"), folder, *SHAPE],
                   check=True)
    run("model", "import", folder, model)
    for cut in CUTS:
        with subprocess.Popen(
                [PROGRAM, "generate", "--model", model, "--nodes", "local:2",
                 "--by", *cut, "--threads", "1", "--prompt-tokens",
                 ",".join(["7"] * 256), "--tokens", "2", "--past-end"],
                stdout=subprocess.DEVNULL) as process:
            peaks = peaks_of_children(process)
        expect(process.returncode == 0, f"{cut}: it generates")
        expect(len(peaks) == 2, f"{cut}: {peaks} of two nodes")
        for peak, plan in zip(peaks, planned(model, cut)):
            print(f"{cut[0]}: {peak / 1e6:.0f} MB, of which {plan / 1e6:.0f} "
                  "are planned")
            expect(peak < 1.1 * plan + BESIDE,
                   f"{cut}: {peak} bytes, {plan} planned")
