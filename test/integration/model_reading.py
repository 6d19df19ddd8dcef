"""What `predict` reads of a model, process by process; and what it makes of
shards that one of its nodes finds damaged."""
# test: timeout=120 sanitizers
import os
import re
import shutil
import tempfile

from program import Follower, Node, children_of, expect, expect_text, run

MIB = 1 << 20
DATA = "generate:200x256x10"
LAYERS = ["--by", "layers=a:1,b:2+3"]
JOB = ["--network", "mlp:256-1024-1024-10", "--data", DATA, "--batch", "40",
       "--commit-every", "100000"]
# Of weights and biases.
FIRST = 4 * 1024 * 257
OTHERS = 4 * (1024 * 1025 + 10 * 1025)


def bytes_read(pid):
    with open(f"/proc/{pid}/io") as f:
        return int(re.search(r"rchar: (\d+)", f.read())[1])


def name_of(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as f:
        words = f.read().decode().split("\0")
    return words[words.index("--name") + 1]


def expect_bytes(found, due, shards, what):
    """A chunk more than needed per shard, and what is no shard."""
    expect(due <= found <= due + (shards + 0.5) * MIB,
           f"{what} reads {found} bytes, {due} are due")


def each_process_reads_its_part(scratch):
    """Adam keeps two more arrays beside the weights, which nobody needs."""
    model = os.path.join(scratch, "large")
    run("train", *JOB, "--nodes", "local:2", *LAYERS, "--epochs", "1",
        "--optimizer", "adam", "--model", model)
    with Follower("--model", model, "--data", DATA, "--nodes", "local:2",
                  *LAYERS) as follower:
        follower.commit()
        pid = follower.process.pid
        nodes = {name_of(x): bytes_read(x) for x in children_of(pid)}
        expect(sorted(nodes) == ["a", "b"], f"two nodes: {nodes}")
        expect_bytes(nodes["a"], FIRST, 1, "node 'a'")
        expect_bytes(nodes["b"], OTHERS, 2, "node 'b'")
        expect_bytes(bytes_read(pid), 0, 0, "the command")
    with Follower("--model", model, "--data", DATA, "--nodes", "inside:2",
                  *LAYERS) as follower:
        follower.commit()
        expect_bytes(bytes_read(follower.process.pid), FIRST + OTHERS, 3,
                     "the command with nodes inside")


def three_commits(scratch):
    model = os.path.join(scratch, "model")
    run("train", *JOB, "--nodes", "inside:2", *LAYERS, "--epochs", "1",
        "--model", model)
    for epochs in "23":
        run("train", "--model", model, "--resume", "--nodes", "inside:2",
            *LAYERS, "--epochs", epochs)
    names = sorted(os.listdir(os.path.join(model, "manifests")))
    expect(len(names) == 3, f"three commits: {names}")
    return model, [f"{int(x[:6])}-{int(x[7:])}" for x in names]


def flip_a_bit(path, offset):
    with open(path, "r+b") as f:
        f.seek(offset)
        byte = f.read(1)[0]
        f.seek(offset)
        f.write(bytes([byte ^ 1]))


def shards_of(model, fence):
    """By layer; with a layer per node, they are in the order of neurons."""
    folder = os.path.join(model, "shards")
    names = [x for x in os.listdir(folder) if x.startswith(f"{fence:06}-")]
    return [os.path.join(folder, x)
            for x in sorted(names, key=lambda x: int(x.split("-")[2]))]


def the_commit_before_is_used(scratch, model, commits):
    """A node's own copy is damaged in one of its shards, or in one of the other
    node's, about which it does not care."""
    there = os.path.join(scratch, "there")
    shutil.copytree(model, there)
    mapping = ["--map", f"{model}={there}"]
    ask = ["predict", "--model", model, "--data", DATA, *LAYERS]
    with Node("a") as a, Node("b", *mapping) as b:
        nodes = ["--nodes", f"{a.address},{b.address}"]
        flip_a_bit(shards_of(there, 3)[0], MIB)
        out, err = run(*ask, *nodes)
        expect_text(f"^commit {commits[2]}:", out)
        expect("skipped" not in err, f"nothing to complain about: {err}")
        flip_a_bit(shards_of(there, 3)[1], 3 * MIB)
        out, err = run(*ask, *nodes)
        expect_text(f"^commit {commits[1]}:", out)
        expect_text(f"commit {commits[2]} is skipped: node 'b': shard '{there}"
                    f"/.*' is damaged at offset {2 * MIB + 4096}: .*; "
                    "restore it or take another commit", err)
        expect(err.count("is skipped") == 1, f"one commit is: {err}")
        for fence in (1, 2):
            os.remove(shards_of(there, fence)[2])
        _, err = run(*ask, *nodes, status=1)
        for i in (1, 2):
            expect_text(f"commit {commits[i]} is skipped: node 'b': ", err)
        expect_text("no commit of model .* is whole", err)


def move_commit(source, model, fence):
    """As a training would have made it; the manifest comes last."""
    for part in ("leases", "placements", "shards", "manifests"):
        folder = os.path.join(source, part)
        for name in sorted(os.listdir(folder)):
            to = os.path.join(model, part, name)
            if part == "placements" or name.startswith(f"{fence:06}"):
                if not os.path.exists(to):
                    shutil.copy(os.path.join(folder, name), to + ".new")
                    os.rename(to + ".new", to)


def a_follower_passes_over_damage(scratch, model, commits):
    followed = os.path.join(scratch, "followed")
    for part in ("leases", "placements", "shards", "manifests", "pins"):
        os.makedirs(os.path.join(followed, part))
    shutil.copy(os.path.join(model, "network"), followed)
    move_commit(model, followed, 1)
    flip_a_bit(shards_of(model, 3)[2], 5000)
    with Follower("--model", followed, "--data", DATA, "--nodes",
                  "local:2", *LAYERS) as follower:
        expect(follower.commit() == commits[0], "the first commit")
        move_commit(model, followed, 2)
        move_commit(model, followed, 3)
        expect(follower.commit() == commits[1], "the second one")
        follower.says(f"commit {commits[2]} is skipped: node 'b': .* is "
                      "damaged at offset 4096: ")
        # The nodes have the second one's weights again: a fourth is shown.
        run("train", "--model", followed, "--resume", "--nodes", "inside:1",
            "--epochs", "3", "--commit-every", "100000")
        shown = follower.commit()
        expect(shown.startswith("4-"), f"the fourth one, not {shown}")
        out, err = follower.end()
        expect(out == "" and "skipped" not in err, f"no more: {out} {err}")


with tempfile.TemporaryDirectory() as scratch:
    scratch = os.path.realpath(scratch)
    each_process_reads_its_part(scratch)
    model, commits = three_commits(scratch)
    the_commit_before_is_used(scratch, model, commits)
    a_follower_passes_over_damage(scratch, model, commits)
