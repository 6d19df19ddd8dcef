"""The configuration and the unit in examples/cluster are accepted as they are."""
# test: timeout=60
import os
import re
import shutil
import subprocess
import sys
import tempfile

from program import PROGRAM, expect, expect_text, run

FOLDER = os.path.join(os.environ["SOURCE_DIR"], "examples/cluster")


def the_configuration_is_read():
    config = os.path.join(FOLDER, "ganglion.conf")
    _, err = run("status", "--config", config, status=1)
    for name in ("node-a", "node-b", "node-c"):
        expect_text(f"{name}|3 of 3 nodes", err)
    out, _ = run("node", "--config", config, "--help")
    expect_text("GANGLION_NODE_NAME", out)


def the_unit_is_accepted():
    with open(os.path.join(FOLDER, "ganglion-node@.service")) as f:
        unit = f.read()
    command = re.search("^ExecStart=(.*)$", unit, re.M)[1].split()
    out, _ = run("node", "--help")
    for option in (x for x in command if x.startswith("--")
                   and x != "--config"):
        expect_text(f"  {option} ", out)
    if not shutil.which("systemd-analyze"):
        print("no systemd-analyze: the unit was only read")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "ganglion-node@.service")
        with open(path, "w") as f:
            f.write(unit.replace(command[0], PROGRAM))
        found = subprocess.run(["systemd-analyze", "verify", path],
                               capture_output=True, text=True)
        if "ganglion-node" in found.stderr or found.returncode != 0:
            sys.exit(f"FAILED: systemd accepts the unit: {found.stderr}")


the_configuration_is_read()
the_unit_is_accepted()
