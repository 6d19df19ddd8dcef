"""A model is asked on other nodes, cut otherwise, and while it is trained."""
# test: timeout=120 sanitizers
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile

from program import (PROGRAM, Node, Training, expect, expect_text, run,
                     wait_until)

DATA = "generate:2000x20x10"
JOB = ["--network", "mlp:20-64-32-10", "--data", DATA]
CUTS = [["--nodes", "inside:1"],
        ["--nodes", "inside:2", "--by", "layers=a:1+3,b:2"],
        ["--nodes", "inside:2", "--by", "percentage=50,50", "--within", "layer"],
        ["--nodes", "local:3", "--by", "identifiers=a:20-51,b:52-99,c:100-125"],
        ["--nodes", "inside:1", "--group-size", "16"]]


def predictions(scratch, model, *arguments):
    path = os.path.join(scratch, "predictions")
    out, _ = run("predict", "--model", model, "--data", DATA, "--output", path,
                 "--outputs", *arguments)
    with open(path) as f:
        return out, f.read()


def asked_by_any_cut(scratch):
    model = os.path.join(scratch, "model")
    three = ["--nodes", "local:3", "--by", "percentage=50,30,20"]
    # Only the last step is sure to be committed, whatever the share is like.
    never = ["--commit-every", "100000"]
    run("train", *JOB, *three, *never, "--epochs", "2", "--model", model)
    run("train", *three, *never, "--epochs", "4", "--model", model, "--resume")
    results = [predictions(scratch, model, *cut) for cut in CUTS]
    for cut, result in zip(CUTS, results):
        expect(result == results[0], f"the same predictions: {cut}")
    expect_text("^commit 2-64: step 64, test accuracy 9.*of 400 samples",
                results[0][0])
    rows = list(csv.DictReader(results[0][1].splitlines()))
    expect(len(rows) == 400 and len(rows[0]) == 3 + 10, "a row per sample")
    _, text = predictions(scratch, model, "--format", "json")
    objects = [json.loads(x) for x in text.splitlines()]
    for row, object in zip(rows, objects):
        outputs = [float(row[f"output_{i}"]) for i in range(10)]
        expect(outputs == object["outputs"], "the same outputs as JSON")
        expect(outputs[int(row["predicted"])] == max(outputs), "the largest")
        expect([int(row[x]) for x in ("sample", "label", "predicted")]
               == [object[x] for x in ("sample", "label", "predicted")],
               "the same sample")
    out, _ = run("predict", "--model", model, "--data", DATA, "--commit",
                 "1-32")
    expect_text("^commit 1-32: step 32", out)
    _, err = run("predict", "--model", model, "--data", DATA, "--commit",
                 "1-33", status=1)
    expect_text("no commit 1-33: use one of 2-64, 1-32", err)
    return model


def flip_a_bit(path, offset):
    with open(path, "r+b") as f:
        f.seek(offset)
        byte = f.read(1)[0]
        f.seek(offset)
        f.write(bytes([byte ^ 1]))


def damaged_commits_are_skipped(model):
    shards = os.path.join(model, "shards")
    name = min(x for x in os.listdir(shards) if x.startswith("000002-000000000064"))
    flip_a_bit(os.path.join(shards, name), 5000)
    out, err = run("predict", "--model", model, "--data", DATA)
    expect_text("^commit 1-32", out)
    expect_text(f"commit 2-64 is skipped: .*{name}' is damaged at offset", err)
    _, err = run("predict", "--model", model, "--data", DATA, "--commit",
                 "2-64", "--nodes", "local:2", status=1)
    expect_text(f"node '[ab]': .*{name}' is damaged at offset", err)
    _, err = run("train", "--model", model, "--resume", "--epochs", "4")
    expect_text("commit 2-64 is skipped: .*damaged", err)
    expect_text("going on from commit 1-32", err)
    out, _ = run("predict", "--model", model, "--data", DATA)
    expect_text("^commit 3-64: step 64", out)


def follows_a_training(scratch):
    model = os.path.join(scratch, "followed")
    path = os.path.join(scratch, "followed.csv")
    # Quiet: nobody reads what it says.
    with Training("--model", model, "--commit-every", "0.1s", "--log-level",
                  "quiet"):
        wait_until(lambda: os.path.exists(os.path.join(model, "network")),
                   "a model")
        follower = subprocess.Popen(
            [PROGRAM, "predict", "--model", model, "--data", DATA, "--follow",
             "--nodes", "inside:2", "--by", "percentage=70,30", "--output",
             path, "--outputs"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            lines = [follower.stdout.readline() for _ in range(4)]
        finally:
            follower.send_signal(signal.SIGINT)
            rest, err = follower.communicate(timeout=30)
        expect(follower.returncode == 0, f"a clean end: {err}")
        expect(err == "", f"nothing to complain about: {err}")
    lines += rest.splitlines(keepends=True)
    seen = [re.match(r"commit (1-(\d+)): step (\d+),", x) for x in lines]
    expect(all(seen), f"a line per version: {lines}")
    steps = [int(x[2]) for x in seen]
    expect(steps == sorted(set(steps)), f"newer each time: {steps}")
    # Every line is what its commit alone gives: none was a mixture.
    for x, line in zip(seen, lines):
        out, text = predictions(scratch, model, "--commit", x[1])
        expect(out == line, f"{out} is {line}")
    with open(path) as f:
        expect(f.read() == text, "the file is of the last version")


def nodes_need_their_own_shards_alone(scratch):
    """Each node sees a copy of the model that lacks the shards of the other."""
    os.mkdir(os.path.join(scratch, "model"))
    model = os.path.join(scratch, "model", "shared")
    cut = ["--by", "layers=a:1+3,b:2"]
    run("train", *JOB, "--nodes", "local:2", *cut, "--epochs", "1",
        "--commit-every", "100000", "--model", model)
    first = {name: int(name.split("-")[2])
             for name in os.listdir(os.path.join(model, "shards"))}
    expect(sorted(first.values()) == [20, 84, 116], f"a shard per layer: {first}")
    maps = {}
    for node, own in (("a", {20, 116}), ("b", {84}), ("none", set())):
        there = os.path.join(scratch, node)
        shutil.copytree(os.path.dirname(model), there)
        maps[node] = ["--map", f"{os.path.dirname(model)}={there}"]
        for name in first:
            if first[name] not in own:
                os.remove(os.path.join(there, "shared", "shards", name))
    wanted = predictions(scratch, model)
    for name in first:  # the command itself needs none
        os.remove(os.path.join(model, "shards", name))
    with Node("a", *maps["a"]) as a, Node("b", *maps["b"]) as b, \
            Node("b", *maps["none"]) as none:
        nodes = ["--nodes", f"{a.address},{b.address}", *cut]
        expect(predictions(scratch, model, *nodes) == wanted,
               "the same predictions")
        _, err = run("predict", "--model", model, "--data", DATA, "--nodes",
                     f"{a.address},{none.address}", *cut, status=1)
        expect_text("node 'b': .*-84-32.*No such file.*take another commit",
                    err)


with tempfile.TemporaryDirectory() as scratch:
    nodes_need_their_own_shards_alone(os.path.realpath(scratch))
with tempfile.TemporaryDirectory() as scratch:
    damaged_commits_are_skipped(asked_by_any_cut(scratch))
    follows_a_training(scratch)
