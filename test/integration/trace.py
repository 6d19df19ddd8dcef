"""Time lines: trace-event JSON that a viewer can show, of a few whole steps."""
# test: timeout=120 sanitizers
import collections
import json
import os
import signal
import subprocess
import tempfile

from program import (PROGRAM, Node, Training, expect, expect_text, run,
                     wait_until)

# Microseconds; times are rounded to nanoseconds.
CLOSE = 0.01
scratch = tempfile.TemporaryDirectory()


def path(name):
    return os.path.join(scratch.name, name)


def read(name):
    with open(path(name)) as f:
        return json.load(f)


def check_form(trace):
    """What the trace-event format asks of the two kinds that are used."""
    for x in trace["traceEvents"]:
        expect(x["ph"] in "MX" and isinstance(x["name"], str), f"an event: {x}")
        expect(isinstance(x["pid"], int) and isinstance(x["tid"], int),
               f"process and thread: {x}")
        if x["ph"] == "X":
            expect(x["ts"] >= 0 and x["dur"] >= 0, f"a span of time: {x}")
            expect(x["cat"] in ("compute", "wait", "transfer"), f"a kind: {x}")


def check_threads(trace):
    """Every thread has a name, and its spans do not overlap."""
    named = {(x["pid"], x["tid"]) for x in trace["traceEvents"]
             if x["name"] == "thread_name"}
    threads = collections.defaultdict(list)
    for x in trace["traceEvents"]:
        if x["ph"] == "X":
            threads[x["pid"], x["tid"]].append((x["ts"], x["ts"] + x["dur"]))
    expect(set(threads) == named, "names of all threads, and of no others")
    for spans in threads.values():
        spans.sort()
        for (_, end), (begin, _) in zip(spans, spans[1:]):
            expect(begin >= end - CLOSE, f"no overlap: {begin} after {end}")


def check_content(trace, nodes, steps):
    events = trace["traceEvents"]
    names = sorted(x["args"]["name"] for x in events
                   if x["name"] == "process_name")
    expect(names == [f"node {x}" for x in nodes], f"processes: {names}")
    spans = [x for x in events if x["ph"] == "X"]
    for pid in {x["pid"] for x in spans}:
        mine = [x for x in spans if x["pid"] == pid]
        expect({x["cat"] for x in mine} == {"compute", "wait", "transfer"},
               "all kinds on every node")
        kept = {x["args"]["step"] for x in mine}
        expect(len(kept) == steps, f"{steps} steps: {kept}")
    check_order(trace, spans)


def check_order(trace, spans):
    """No loss is computed before hidden1 is, on whatever node: clocks agree."""
    clocks = trace["otherData"]["nodes"].values()
    error = 2 * max(x["clock_error_us"] for x in clocks) + CLOSE
    for step in {x["args"]["step"] for x in spans}:
        mine = [x for x in spans if x["args"]["step"] == step]
        first = [x["ts"] + x["dur"] for x in mine if x["name"] == "forward"
                 and x["args"]["layer"] == "hidden1"]
        loss = [x["ts"] for x in mine if x["name"] == "loss"]
        expect(len(loss) == 1 and first, f"step {step} has all its parts")
        expect(max(first) <= loss[0] + error, f"order in step {step}")


def check(name, nodes, steps):
    trace = read(name)
    check_form(trace)
    check_threads(trace)
    check_content(trace, nodes, steps)


def a_running_training_is_traced():
    with Node("a") as a, Node("b") as b:
        with Training("--nodes", f"{a.address},{b.address}", "--by",
                      "percentage=50,50") as training:
            training.wait_for_steps()
            _, err = run("trace", path("running.json"), "--nodes", b.address,
                         "--steps", "4")
            expect_text("spans on 2 nodes", err)
            check("running.json", ["a", "b"], 4)
            expect(training.process.poll() is None, "the training goes on")


def sockets_of(pid):
    """At most: what is closed meanwhile is none."""
    folder = f"/proc/{pid}/fd"
    return sum(os.path.islink(x) and os.readlink(x).startswith("socket:")
               for x in (os.path.join(folder, y) for y in os.listdir(folder)))


def a_node_that_dies_is_named():
    with Node("a") as a, Training("--nodes", a.address) as training:
        training.wait_for_steps()
        trace = subprocess.Popen(
            [PROGRAM, "trace", path("never.json"), "--nodes", a.address,
             "--steps", "1000000000", "--seconds", "60"],
            stderr=subprocess.PIPE, text=True)
        try:
            wait_until(lambda: sockets_of(trace.pid) > 0, "a connection")
            a.signal(signal.SIGKILL)
            _, err = trace.communicate(timeout=30)
        finally:
            trace.kill()
        expect(trace.returncode == 1, f"status 1: {err}")
        expect_text(f"('a'|{a.address})", err)


def a_training_traces_itself():
    network = ("--network", "mlp:20-64-32-10", "--data", "generate:640x20x10",
               "--nodes", "inside:2", "--by", "percentage=50,50")
    plain, _ = run("train", *network, "--epochs", "2", "--json")
    traced, _ = run("train", *network, "--epochs", "2", "--json", "--trace",
                    path("own.json"), "--trace-steps", "3")
    check("own.json", ["a", "b"], 3)
    digest = json.loads(plain)["weights_sha256"]
    expect(digest == json.loads(traced)["weights_sha256"], "the same bits")


def a_short_training_shows_what_there_is():
    run("train", "--network", "mlp:4-8-3", "--data", "generate:100x4x3",
        "--batch", "20", "--epochs", "1", "--trace", path("short.json"))
    trace = read("short.json")
    check_form(trace)
    check_threads(trace)
    expect(any(x["name"] == "forward" for x in trace["traceEvents"]), "a step")


def bad_requests_say_what_to_do():
    _, err = run("trace", "/no/such/folder/x.json", status=1)
    expect_text("/no/such/folder/x.json", err)
    with Node("a") as a:
        _, err = run("trace", path("x.json"), "--nodes", a.address, status=1)
        expect_text("start a training first", err)


a_running_training_is_traced()
a_node_that_dies_is_named()
a_training_traces_itself()
a_short_training_shows_what_there_is()
bad_requests_say_what_to_do()
scratch.cleanup()
