"""A node reads and writes models where it was told to, and nowhere else."""
# test: timeout=120
import os
import tempfile

from program import Node, expect, expect_text, run

OTHERS = {"listen": "0.0.0.0:0"}
JOB = ("--network", "mlp:4-8-3", "--data", "generate:60x4x3", "--batch", "10",
       "--epochs", "1")


def reach(node):
    return node.address.replace("0.0.0.0", "127.0.0.1")


def train(model, *nodes, status=0):
    return "".join(run("train", *JOB, "--model", model, "--nodes",
                       ",".join(map(reach, nodes)), status=status))


def predict(model, *nodes, status=0):
    return "".join(run("predict", "--model", model, "--data",
                       "generate:60x4x3", "--nodes",
                       ",".join(map(reach, nodes)), status=status))


def refused(pattern, text):
    expect_text("node 'a': cannot", text)
    expect_text(pattern, text)


def only_where_it_was_told(folder):
    models = os.path.join(folder, "models")
    inside, outside = os.path.join(models, "m"), os.path.join(folder, "other")
    with Node("a", "--insecure", **OTHERS) as a:
        refused("shares no directory: start it with --share DIR",
                predict(outside, a, status=1))
    with Node("a", "--insecure", "--share", models, **OTHERS) as a, \
            Node("b") as b:
        train(inside, a, b)
        predict(inside, a, b)
        run("train", *JOB[:-1], "2", "--model", inside, "--resume", "--nodes",
            f"{reach(a)},{b.address}")
        refused("outside of what this node shares.*--share DIR.*--map",
                predict(outside, a, status=1))
        # The model's own directories lead elsewhere.
        os.rename(os.path.join(inside, "shards"), os.path.join(folder, "s"))
        os.symlink("../../s", os.path.join(inside, "shards"))
        refused("outside of what this node shares",
                predict(inside, a, b, status=1))
        seen = os.stat(os.path.join(folder, "s")).st_mtime_ns
        refused("outside", "".join(run(
            "train", *JOB[:-1], "3", "--model", inside, "--resume", "--nodes",
            reach(a), status=1)))
        expect(os.stat(os.path.join(folder, "s")).st_mtime_ns == seen,
               "that nothing was made there")
        predict(inside, b) # which may
    with Node("a", "--share", models) as a: # although nobody else reaches it
        refused("outside", predict(outside, a, status=1))


def several_and_mapped(folder):
    first, second = (os.path.join(folder, x) for x in ("first", "second"))
    os.mkdir(first)
    os.mkdir(second)
    os.symlink(first, os.path.join(folder, "elsewhere"))
    with Node("a", "--insecure", "--share", first, "--share", second, "--map",
              f"{folder}/elsewhere={first}", **OTHERS) as a:
        train(os.path.join(first, "m"), a)
        train(os.path.join(second, "m"), a)
        train(os.path.join(folder, "elsewhere", "n"), a)
    config = os.path.join(folder, "ganglion.conf")
    with open(config, "w", encoding="utf-8") as f:
        f.write(f'[node]\nshare = ["{first}", "{second}"]\ninsecure = true\n')
    with Node("a", "--config", config, **OTHERS) as a:
        predict(os.path.join(second, "m"), a)
        refused("outside", predict(os.path.join(folder, "models", "m"), a,
                                   status=1))


def what_cannot_be_shared(folder):
    for path, why in [(os.path.join(folder, "none"), "No such file"),
                      (__file__, "Not a directory")]:
        _, err = run("node", "--name", "a", "--share", path, "--listen",
                     "127.0.0.1:0", status=1)
        expect_text(f"cannot share '{path}': {why}", err)


def nothing_waits_for_a_fifo(folder):
    model = os.path.join(folder, "fifo")
    with Node("a") as a:
        train(model, a)
        shards = os.path.join(model, "shards")
        for name in os.listdir(shards):
            os.remove(os.path.join(shards, name))
            os.mkfifo(os.path.join(shards, name))
        expect_text("it is a FIFO", predict(model, a, status=1))
        # And the node serves on.
        train(os.path.join(folder, "next"), a)


with tempfile.TemporaryDirectory() as scratch:
    scratch = os.path.realpath(scratch)
    os.mkdir(os.path.join(scratch, "models"))
    run("train", *JOB, "--model", os.path.join(scratch, "other"))
    only_where_it_was_told(scratch)
    several_and_mapped(scratch)
    what_cannot_be_shared(scratch)
    nothing_waits_for_a_fifo(scratch)
