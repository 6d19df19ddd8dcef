"""A training that stops and is resumed gives the weights of one that did not."""
# test: timeout=120 sanitizers
import os
import signal
import subprocess
import tempfile

from program import (PROGRAM, expect, expect_text, run, train_json, wait_until)

JOB = ["--network", "mlp:20-64-32-10", "--data", "generate:1000x20x10",
       "--seed", "5", "--batch", "96", "--micro-batches", "3"]
# 11 steps per epoch, the last one short.
STEPS = 11
OPTIMIZERS = [["--optimizer", "sgd"],
              ["--optimizer", "momentum", "--weight-decay", "0.001"],
              ["--optimizer", "adam", "--lr", "0.002"],
              ["--optimizer", "adamw", "--clip", "0.5", "--decay-biases",
               "--schedule", "step=0.5,0.9", "--warmup", "5"]]
# Layers without parameters, and such as draw at every step.
KINDS = ["--network", "mlp:20-64-norm-32-pool2-drop0.2-10:silu",
         *JOB[2:]]
THREE = ["--nodes", "local:3", "--by", "percentage=50,30,20"]


def commits(model):
    """FENCE, STEP of every commit, oldest first."""
    names = os.listdir(os.path.join(model, "manifests"))
    return sorted(tuple(map(int, x.split("-"))) for x in names
                  if x[0].isdigit() and x.count("-") == 1 and "." not in x)


def killed_training(model, *arguments):
    """Trains without end and is killed once there are some commits."""
    process = subprocess.Popen(
        [PROGRAM, "train", *arguments, "--epochs", "1000000", "--model", model,
         "--commit-every", "7"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: os.path.isdir(os.path.join(model, "manifests"))
                   and len(commits(model)) >= 3, "three commits")
    finally:
        process.kill()
        process.wait()
    return commits(model)[-1]


def resumed_after_a_crash(scratch, number, optimizer, job=JOB):
    model = os.path.join(scratch, f"killed{number}")
    _, step = killed_training(model, *job, *optimizer, *THREE)
    epochs = step // STEPS + 2
    whole = train_json(*job, *optimizer, "--epochs", epochs)
    # Elsewhere, cut otherwise, with nothing said that the model knows.
    again = train_json("--model", model, "--resume", "--epochs", epochs,
                       "--nodes", "inside:2", "--by", "percentage=37,63")
    expect(again["weights_sha256"] == whole["weights_sha256"],
           f"the same weights after a crash at step {step}: {optimizer}")
    expect(again["steps"] == STEPS * epochs, "all steps")
    expect(again["commit"] == f"2-{STEPS * epochs}", "the last one committed")


def resumed_in_the_middle_of_an_epoch(scratch):
    """SIGINT: one more step, which is committed."""
    model = os.path.join(scratch, "stopped")
    process = subprocess.Popen(
        [PROGRAM, "train", *JOB, "--epochs", "1000000", "--model", model],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    expect(process.returncode == 1, f"an error: {err}")
    expect_text("interrupted", err)
    _, step = commits(model)[-1]
    expect_text(f"commit 1-{step} is whole: go on from it with "
                f"'ganglion train --model {model} --resume'", err)
    epochs = step // STEPS + 2
    whole = train_json(*JOB, "--epochs", epochs)
    again = train_json("--model", model, "--resume", "--epochs", epochs)
    expect(again["weights_sha256"] == whole["weights_sha256"],
           f"the same weights after a stop at step {step}")


def nothing_left_to_do(scratch):
    model = os.path.join(scratch, "stopped")
    before = commits(model)
    train_json("--model", model, "--resume", "--epochs", "1")
    expect(commits(model) == before, "no commit without a step")


def other_options_are_refused(scratch):
    model = os.path.join(scratch, "stopped")

    def refused(pattern, *arguments):
        _, err = run("train", "--model", model, "--resume", *arguments,
                     status=1)
        expect_text(pattern, err)

    refused("--batch 32 .the model has 96.", "--batch", "32")
    refused("--micro-batches 1 .*3", "--micro-batches", "1")
    refused("--optimizer sgd .*adam", "--optimizer", "sgd")
    refused("--clip 0.5 .*0", "--clip", "0.5")
    refused("--decay-biases true .*false", "--decay-biases")
    refused("--seed 6 .*5", "--seed", "6")
    refused("--network", "--network", "mlp:20-64-10")
    refused("--block-size", "--block-size", "8")
    refused("training samples of --data", "--data", "generate:900x20x10")
    refused("training samples of --data", "--validation", "0.1")
    # Another rate is no other training, and is remembered.
    before = commits(model)[-1][1] // STEPS
    _, err = run("train", "--model", model, "--resume", "--lr", "0.5",
                 "--epochs", str(before + 1))
    expect_text("learning rate 0.5 instead of 0.001", err)
    expect_text("learning rate 0.5", run("model", "show", model)[0])
    # What is given and the same is fine.
    run("train", *JOB, "--model", model, "--resume", "--epochs", "1")


with tempfile.TemporaryDirectory() as scratch:
    for number, optimizer in enumerate(OPTIMIZERS):
        resumed_after_a_crash(scratch, number, optimizer)
    resumed_after_a_crash(scratch, "kinds", ["--optimizer", "lion"], KINDS)
    resumed_in_the_middle_of_an_epoch(scratch)
    nothing_left_to_do(scratch)
    other_options_are_refused(scratch)
