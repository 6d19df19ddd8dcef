"""`ganglion model` shows, checks, prunes, branches and exports a model; what it
exports computes what the network does."""
# test: timeout=60
import json
import os
import random
import re
import struct
import tempfile
from array import array

from program import expect, expect_text, run

draw = random.Random(5)


def commits(directory):
    return re.findall(r"^(\d+-\d+)", run("model", "log", directory)[0], re.M)


def read_safetensors(path):
    """By the format's own words, with nothing of the project's."""
    with open(path, "rb") as f:
        data = f.read()
    size, = struct.unpack_from("<Q", data)
    head = json.loads(data[8:8 + size])
    found = {}
    for name, x in head.items():
        if name != "__metadata__":
            first, last = x["data_offsets"]
            values = array("f", data[8 + size + first:8 + size + last])
            found[name] = (x["shape"], values)
    return found


def dense(x, weights, biases):
    (rows, columns), values = weights
    return [biases[1][i] + sum(x[k] * values[i * columns + k]
                               for k in range(columns)) for i in range(rows)]


with tempfile.TemporaryDirectory() as scratch:
    model, data = os.path.join(scratch, "model"), os.path.join(scratch, "x.csv")
    samples = [[round(draw.random(), 3) for _ in range(6)] for _ in range(60)]
    with open(data, "w") as f:
        for i, x in enumerate(samples):
            f.write(",".join(map(str, x)) + f",{i % 3}\n")
    run("train", "--model", model, "--network", "mlp:6-20-3", "--data", data,
        "--nodes", "inside:2", "--by", "percentage=60,40", "--batch", "10",
        "--epochs", "6", "--commit-every", "2")
    found = commits(model)
    expect(len(found) >= 2, f"commits: {found}")
    for text in ("hidden1 .*relu", f"commit {found[0]}", "optimizer adam"):
        expect_text(text, run("model", "show", model)[0])
    expect_text(f"newest whole +{found[0]}", run("model", "fsck", model)[0])

    # A branch goes on by itself.
    branch = os.path.join(scratch, "branch")
    run("model", "branch", model, branch, "--commit", found[-1])
    expect(commits(branch) == found[-1:], "one commit in the branch")
    run("train", "--model", branch, "--resume", "--data", data, "--epochs", "7")
    expect(len(commits(branch)) > 1, "a branch that goes on")
    expect(commits(model) == found, "a model that its branch leaves alone")

    # What is exported, in other hands, gives the outputs of the network.
    out, answers = (os.path.join(scratch, x)
                    for x in ("w.safetensors", "answers"))
    run("model", "export", model, out)
    expect_text("exists", run("model", "export", model, out, status=1)[1])
    run("predict", "--model", model, "--data", data, "--format", "json",
        "--outputs", "--output", answers)
    arrays = read_safetensors(out)
    expect(arrays["hidden1.weight"][0] == [20, 6], "a shape")
    with open(answers) as f:
        lines = [json.loads(line) for line in f]
    expect(lines, "answers")
    for line in lines:
        hidden = dense(samples[line["sample"]], arrays["hidden1.weight"],
                       arrays["hidden1.bias"])
        ours = dense([max(v, 0) for v in hidden], arrays["output.weight"],
                     arrays["output.bias"])
        expect(all(abs(a - b) < 1e-4 for a, b in zip(ours, line["outputs"])),
               f"{ours} of {line}")

    run("model", "prune", model, "--keep", "1")
    expect(commits(model) == found[:1], "one commit after pruning")
    shard = os.path.join(model, "shards", os.listdir(f"{model}/shards")[0])
    with open(shard, "r+b") as f:
        f.seek(-5, os.SEEK_END)
        f.write(b"\xff\xff")
    text = "".join(run("model", "fsck", model, status=1))
    expect_text("DAMAGED.*shards/.*", text)
    expect_text("newest whole +none", text)
    for bad in (["log", scratch], ["prune", model, "--keep", "0"],
                ["show", model, "--commit", "9-9"]):
        expect_text("ganglion: .+", run("model", *bad, status=1)[1])
