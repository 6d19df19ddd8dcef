#!/usr/bin/env python3
"""The same work in PyTorch, for scripts/bench: one JSON object on stdout.

  peer_torch.py train|infer SIZES BATCH THREADS SECONDS
  peer_torch.py export SIZES BATCH FILE      writes the network for ONNX

It tries eager execution and a traced (TorchScript) network, and reports the
better: median samples per second of five rounds, and the median latency.
"""
import json
import statistics
import sys
import time

import torch

ROUNDS = 5


def network(sizes):
    layers = []
    for i in range(len(sizes) - 1):
        layers.append(torch.nn.Linear(sizes[i], sizes[i + 1]))
        if i < len(sizes) - 2:
            layers.append(torch.nn.ReLU())
    return torch.nn.Sequential(*layers)


def step_of(kind, model, samples, labels):
    loss = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def train(i):
        optimizer.zero_grad(set_to_none=True)
        loss(model(samples[i]), labels[i]).backward()
        optimizer.step()

    def infer(i):
        with torch.inference_mode():
            model(samples[i])

    return train if kind == "train" else infer


def measure(step, batch, seconds):
    for i in range(4):
        step(i)
    speeds, times = [], []
    for _ in range(ROUNDS):
        begin = last = time.perf_counter()
        count = 0
        while last - begin < seconds / ROUNDS:
            step(count % 4)
            count += 1
            now = time.perf_counter()
            times.append(now - last)
            last = now
        speeds.append(count * batch / (last - begin))
    return statistics.median(speeds), 1e6 * statistics.median(times)


def export(text, batch, file):
    sizes = [int(x) for x in text.split("-")]
    torch.onnx.export(network(sizes), torch.rand(int(batch), sizes[0]), file)


def main():
    if sys.argv[1] == "export":
        return export(*sys.argv[2:])
    kind, text, batch, threads, seconds = sys.argv[1:]
    torch.manual_seed(1)
    torch.set_num_threads(int(threads))
    sizes, batch = [int(x) for x in text.split("-")], int(batch)
    samples = [torch.rand(batch, sizes[0]) for _ in range(4)]
    labels = [torch.randint(0, sizes[-1], (batch,)) for _ in range(4)]
    eager = network(sizes)
    ways = {"eager": eager, "traced": torch.jit.trace(eager, samples[0])}
    best = {"throughput": 0.0, "latency_us": 0.0, "way": ""}
    for way, model in ways.items():
        step = step_of(kind, model, samples, labels)
        speed, latency = measure(step, batch, float(seconds) / len(ways))
        if speed > best["throughput"]:
            best = {"throughput": speed, "latency_us": latency, "way": way}
    best["version"] = torch.__version__
    print(json.dumps(best))


main()
