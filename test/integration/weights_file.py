"""A saved training is the one that --load starts from."""
# test: timeout=60
import os
import tempfile

from program import expect, train_json

JOB = ["--network", "mlp:20-32-10", "--data", "generate:500x20x10",
       "--epochs", "2"]

with tempfile.TemporaryDirectory() as scratch:
    path = os.path.join(scratch, "weights")
    first = train_json(*JOB, "--save", path)
    # A rate so small that float32 weights do not move.
    again = train_json(*JOB, "--load", path, "--nodes", "inside:3", "--by",
                       "percentage=50,30,20", "--optimizer", "sgd", "--lr",
                       "1e-30")
    expect(first["weights_sha256"] == again["weights_sha256"],
           "the same weights on other nodes")
    expect(os.listdir(scratch) == ["weights"], "no other file is left")
