"""The commands of docs/CLUSTER.md, in the order of the text, on three nodes that
read the configuration in examples/cluster: only addresses and paths differ."""
# test: timeout=200 alone
import concurrent.futures
import contextlib
import json
import os
import re
import shlex
import tempfile
from pathlib import Path

from program import Node, expect, expect_text, run, wait_until

SOURCE = Path(os.environ["SOURCE_DIR"])
MANUAL = (SOURCE / "docs/CLUSTER.md").read_text()
CONFIG = (SOURCE / "examples/cluster/ganglion.conf").read_text()


def blocks_of(heading):
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", MANUAL,
                        re.M | re.S)[1]
    return re.findall(r"^ *```\n(.*?)^ *```", section, re.M | re.S)


def commands_of(heading):
    for block in blocks_of(heading):
        for line in block.replace("\\\n", " ").splitlines():
            if line.strip().startswith("ganglion "):
                yield shlex.split(line)[1:]


def three_machines(scratch, addresses):
    """Trains, looks and predicts, with a time line in the meantime."""
    config = os.path.join(scratch, "ganglion.conf")
    with open(config, "w", encoding="utf-8") as f:
        f.write(re.sub('(?m)^nodes = .*', f'nodes = "{",".join(addresses)}"',
                       CONFIG))

    def ask(words):
        words = [x.replace("/mnt/models", scratch) for x in words]
        return "".join(run(*words, env={"GANGLION_CONFIG": config}))

    with concurrent.futures.ThreadPoolExecutor() as beside:
        drawn = beside.submit(time_line, scratch, addresses[0])
        for words in commands_of("Three machines"):
            said = ask(words)
            if words[0] == "train":
                drawn.result()
            if words[0] in ("train", "predict"):
                expect_text(r"test accuracy +8[0-9]\.", said)
            if words[0] == "status":
                for name, address in zip("abc", addresses):
                    expect_text(rf"(?m)^{name} +{address}", said)


def time_line(scratch, address):
    """Once there is a training."""
    wait_until(lambda: "free: " not in run("status", "--nodes", address)[0],
               "a deployment", limit=60)
    words, = commands_of("A time line")
    words = [x.replace("ADDRESS", address) for x in words]
    words[1] = os.path.join(scratch, words[1])
    run(*words)
    with open(words[1], encoding="utf-8") as f:
        expect(json.load(f)["traceEvents"], "spans in the time line")


def the_configuration_file(scratch):
    block, = [x for x in blocks_of("The configuration file") if "[train]" in x]
    path = os.path.join(scratch, "other.conf")
    with open(path, "w", encoding="utf-8") as f:
        f.write(block)
    out, _ = run("plan", "--config", path, "--network", "mlp:4-8-3")
    expect_text("node-a(.|\n)*node-b", out)


with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as nodes:
    the_configuration_file(folder)
    three_machines(folder, [nodes.enter_context(Node(x)).address
                            for x in "abc"])
