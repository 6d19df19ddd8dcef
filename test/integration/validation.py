"""Trainings that are judged by samples which they do not learn from."""
# test: timeout=120 sanitizers
import json
import os
import re
import signal
import subprocess
import tempfile

from program import (PROGRAM, expect, expect_text, run, train_json, wait_until)

# Few samples with much noise: what is learned by heart does not help.
JOB = ["--network", "mlp:20-64-4", "--batch", "16", "--lr", "0.02"]


def noisy(scratch, name, samples, salt):
    path = os.path.join(scratch, name)
    with open(path, "w") as out:
        for i in range(samples):
            label = i % 4
            values = [((i * 37 + j * 101 + salt * 7919) * 2654435761 % 1000)
                      / 250 - 2 + (0.6 if j == label else 0)
                      for j in range(20)]
            print(*(f"{x:.3f}" for x in values), f"c{label}", sep=",", file=out)
    return path


def commits(model):
    out, _ = run("model", "log", model)
    return {x[0]: x for x in map(str.split, out.splitlines()[1:])}


def stops_and_keeps_the_best(scratch):
    data = noisy(scratch, "train.csv", 120, 1)
    judged_by = noisy(scratch, "judge.csv", 80, 2)
    model = os.path.join(scratch, "model")
    log = os.path.join(scratch, "log.json")
    x = train_json(*JOB, "--data", data, "--validation", judged_by, "--epochs",
                   "60", "--patience", "4", "--model", model, "--keep", "2",
                   "--log", log)
    epochs = x["epochs"]
    losses = [y["validation_loss"] for y in epochs]
    best = losses.index(min(losses)) + 1
    expect(len(epochs) == best + 4 < 60, f"stopped in time: {losses}")
    expect(x["best_epoch"] == best and x["best_validation_loss"] == min(losses),
           f"the best epoch: {x}")
    expect(x["best_commit"] == f"1-{8 * best}", f"its commit: {x}")
    expect(epochs == [json.loads(y) for y in open(log)], "the log says so, too")
    expect([y["epoch"] for y in epochs] == list(range(1, best + 5)), "all")
    left = commits(model)
    expect(list(left) == [f"1-{8 * y}" for y in range(best + 4, best - 1, -1)],
           f"the best and what is newer is kept: {left}")
    expect(left[x["best_commit"]][-1] == "best", f"it is named: {left}")
    # The weights of that epoch, and no others.
    again = train_json(*JOB, "--data", data, "--epochs", str(best))
    out, _ = run("predict", "--model", model, "--commit", "best", "--data",
                 judged_by)
    accuracy = epochs[best - 1]["validation_accuracy"]
    expect_text(f"commit 1-{8 * best}: .*accuracy {100 * accuracy:.2f} %", out)
    out, _ = run("predict", "--model", model, "--commit", "best", "--data",
                 judged_by, "--confusion")
    right = sum(int(x.split()[2 + i])
                for i, x in enumerate(re.findall(r"^ \d c\d .*", out, re.M)))
    expect(right == round(accuracy * 80), f"the diagonal of {out}")
    expect_text(r"class +samples +precision +recall +F1\nc0 +20 ", out)
    out, _ = run("model", "show", model, "--commit", "best")
    expect_text(f"validation loss {min(losses):.4f}", out)
    expect(again["steps"] == 8 * best, "as many steps")
    whole = train_json(*JOB, "--data", data, "--epochs", str(best + 4))
    expect(whole["weights_sha256"] == x["weights_sha256"],
           "judging changes no bit")


def says_what_is_wrong(scratch):
    data = os.path.join(scratch, "train.csv")

    def refused(pattern, *arguments, status=1):
        _, err = run("train", *JOB, "--data", data, *arguments, status=status)
        expect_text(pattern, err)

    narrow = os.path.join(scratch, "narrow.csv")
    with open(narrow, "w") as out:
        print("1,2,c0\n3,4,c1", file=out)
    strange = noisy(scratch, "strange.csv", 8, 3)
    with open(strange, "a") as out:
        print(*range(20), "c9", sep=",", file=out)
    refused("narrow.csv", "--validation", narrow)
    refused("c9", "--validation", strange)
    refused("nowhere.csv", "--validation", os.path.join(scratch, "nowhere.csv"))
    refused("fraction of 1.5", "--validation", "1.5")
    refused("--patience requires --validation", "--patience", "3", status=2)
    refused("--keep requires --model", "--keep", "3", status=2)
    refused("--keep 0", "--keep", "0", "--model", os.path.join(scratch, "none"))
    refused("no.where", "--log", os.path.join(scratch, "no", "where"))
    expect(not os.path.exists(os.path.join(scratch, "none")), "no model")


def plots_both(scratch):
    data = os.path.join(scratch, "train.csv")
    picture = os.path.join(scratch, "loss.svg")
    out, err = run("train", *JOB, "--data", data, "--validation", "0.25",
                   "--epochs", "3", "--plot", picture)
    svg = open(picture).read()
    expect(svg.count("<polyline") == 2, "two curves")
    expect_text("validation loss [0-9.]+, accuracy [0-9.]+ %, the best so far",
                err)
    expect_text("best +epoch [1-3], validation loss", out)
    out, _ = run("train", *JOB, "--data", data, "--validation", "0.25",
                 "--epochs", "3", "--plot")
    expect_text("o: validation", out)
    expect(len(re.findall("o", "".join(
        x for x in out.splitlines() if "|" in x))) >= 1, f"a mark: {out}")


def interrupted_while_judging(scratch):
    """What it had is kept, and goes on to the same bits."""
    model = os.path.join(scratch, "stopped")
    data = os.path.join(scratch, "train.csv")
    process = subprocess.Popen(
        [PROGRAM, "train", *JOB, "--data", data, "--validation", "0.25",
         "--epochs", "1000000", "--model", model, "--keep", "3"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: os.path.isdir(os.path.join(model, "manifests"))
                   and len(os.listdir(os.path.join(model, "manifests"))) > 2,
                   "commits")
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
    finally:
        process.kill()
    step = int(next(iter(commits(model))).split("-")[1])
    epochs = str(step // 6 + 2)
    more = ["--validation", "0.25", "--epochs", epochs]
    again = train_json("--model", model, "--resume", *more)
    whole = train_json(*JOB, "--data", data, *more)
    expect(again["weights_sha256"] == whole["weights_sha256"], "the same bits")


with tempfile.TemporaryDirectory() as scratch:
    stops_and_keeps_the_best(scratch)
    says_what_is_wrong(scratch)
    plots_both(scratch)
    interrupted_while_judging(scratch)
