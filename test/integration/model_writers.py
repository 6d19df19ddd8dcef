"""One training writes a model; what goes wrong is said clearly."""
# test: timeout=100 sanitizers
import glob
import os
import tempfile

from program import (Node, Training, expect, expect_text, run, train_json,
                     wait_until)

JOB = ["--network", "mlp:20-64-32-10", "--data", "generate:2000x20x10"]


def refused_and_taken_over(scratch):
    model = os.path.join(scratch, "shared")
    with Training("--model", model, "--commit-every", "50", "--log-level",
                  "quiet") as first:
        wait_until(lambda: os.path.isdir(os.path.join(model, "manifests"))
                   and os.listdir(os.path.join(model, "manifests")), "a commit")
        _, err = run("train", "--model", model, "--resume", status=1)
        expect_text("is being written by ganglion train .host .+, process "
                    f"{first.process.pid}, since 20..-.+ UTC.", err)
        _, err = run("train", *JOB, "--model", model, status=1)
        expect_text("--resume", err)
        # It takes over, finds nothing left to do, and ends.
        out = train_json("--model", model, "--resume", "--take-over",
                         "--epochs", "1")
        status, text = first.end(30)
        expect(status == 1, "the first one ends with an error")
        expect_text("lost lease: .*was taken over by ganglion train", text)
    # What the first one had committed until then is there, nothing else.
    again = train_json("--model", model, "--resume", "--epochs", "1")
    expect(again["weights_sha256"] == out["weights_sha256"],
           "the taker-over's version stays")


def share_that_goes_away(scratch):
    model = os.path.join(scratch, "away")
    shards = os.path.join(model, "shards")
    with Training("--model", model, "--commit-every", "20", "--log-level",
                  "quiet", "--nodes", "local:2", "--by",
                  "percentage=60,40") as t:
        wait_until(lambda: glob.glob(model + "/manifests/??????-*[0-9]"),
                   "a commit")
        os.rename(shards, shards + ".away")
        status, text = t.end(30)
        expect(status == 1, "the training ends")
        # A node's, or the trainer's where all nodes were through.
        expect_text("(node '[ab]'|commit 1-.* cannot be made): .*away/shards/"
                    ".*No such file", text)
    os.rename(shards + ".away", shards)
    _, err = run("train", "--model", model, "--resume", "--epochs", "1")
    expect_text("going on from commit 1-", err)


def model_that_goes_away_between_commits(scratch):
    """A commit may be hours away; what is wrong is said before."""
    model = os.path.join(scratch, "moved")
    with Training("--model", model, "--commit-every", "1000000000") as t:
        t.wait_for_steps()
        os.rename(model, model + " away")
        t.says("nothing can be committed at the moment: .*moved/leases")
        os.rename(model + " away", model)
        t.says(f"model '{model}' is back")


def paths_that_hold_no_model(scratch):
    def train_fails(pattern, path, *arguments):
        _, err = run("train", *JOB, "--epochs", "1", "--model", path,
                     *arguments, status=1)
        expect_text(pattern, err)

    other = os.path.join(scratch, "other")
    os.mkdir(other)
    open(os.path.join(other, "letter"), "w").close()
    train_fails("'.*other' is no model and not empty .it holds 'letter'", other)
    train_fails("holds no model", os.path.join(scratch, "none"), "--resume")
    train_fails("none/model", os.path.join(scratch, "none", "model"))
    train_fails("--commit-every 'often'", other, "--commit-every", "often")
    _, err = run("predict", "--model", other, "--data", "generate:20x20x10",
                 status=1)
    expect_text("other' holds no model", err)
    expect(os.listdir(other) == ["letter"], "nothing was made")
    empty = os.path.join(scratch, "empty")
    os.mkdir(empty)
    run("train", *JOB, "--epochs", "1", "--model", empty)


def nodes_that_see_something_else(scratch):
    model = os.path.join(scratch, "far")
    mapped = f"{scratch}={scratch}/elsewhere"
    with Node("a") as a, Node("b", "--map", mapped) as b:
        nodes = ["--nodes", f"{a.address},{b.address}"]
        _, err = run("train", *JOB, *nodes, "--model", model, status=1)
        expect_text(f"node 'b': '{scratch}/elsewhere/far' holds no model", err)
        _, err = run("train", "--model", model, "--resume", status=1)
        expect_text("has no commit yet", err)
        _, err = run("predict", "--model", model, "--data",
                     "generate:20x20x10", status=1)
        expect_text("has no commit yet", err)
        # Another model with the same network is not it.
        run("train", *JOB, "--epochs", "1", "--model", f"{scratch}/elsewhere")
        os.symlink(f"{scratch}/elsewhere", f"{scratch}/elsewhere/far")
        _, err = run("train", *JOB, *nodes, "--model", model, "--resume",
                     status=1)
        expect_text("node 'b': '.*far' has no lease with fence", err)
        os.unlink(f"{scratch}/elsewhere/far")
        # The same model under another path is.
        os.symlink(model, f"{scratch}/elsewhere/far")
        run("train", *JOB, *nodes, "--model", model, "--resume", "--epochs",
            "1")
        out, _ = run("predict", "--model", model, "--data",
                     "generate:2000x20x10", *nodes)
        expect_text("commit .*: step 16, test accuracy", out)


with tempfile.TemporaryDirectory() as scratch:
    scratch = os.path.realpath(scratch)
    refused_and_taken_over(scratch)
    share_that_goes_away(scratch)
    model_that_goes_away_between_commits(scratch)
    paths_that_hold_no_model(scratch)
    nodes_that_see_something_else(scratch)
