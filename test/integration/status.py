"""ganglion status: who is there, who uses it, how far, where the time goes."""
# test: timeout=120 sanitizers
import json
import re
import signal
import subprocess

from program import (PROGRAM, Node, Training, expect, expect_text, run,
                     wait_until)

NAMES = ("a", "b", "c")


def look(address, **more):
    return json.loads(run("status", "--json", "--nodes", address, **more)[0])


def a_free_cluster_is_found_from_one_address():
    with Node("a") as a, Node("b", "--join", a.address) as b:
        seen = look(b.address)["nodes"]
        expect([x["name"] for x in seen] == ["b", "a"], f"both nodes: {seen}")
        expect(all(x["deployment"] is None for x in seen), "nobody uses them")
        expect(all(x["memory_bytes"] > 1 << 20 for x in seen), "memory")
        expect(len({x["incarnation"] for x in seen}) == 2, "incarnations")
        text, _ = run("status", "--nodes", a.address)
        expect_text("free: a, b", text)


def check_layers(nodes):
    for node in nodes:
        what = node["deployment"]
        for layer in what["layers"]:
            parts = [layer[x] for x in ("compute_ns", "wait_ns", "send_ns")]
            expect(parts[0] > 0, f"time to compute: {node['name']} {layer}")
            # No group spends more time than has passed.
            limit = layer["groups"] * what["seconds"] * 1e9
            expect(sum(parts) <= limit, f"{parts} within {limit}")


def check_bytes(nodes):
    """What one node sent, the other one received, but for what is under way."""
    links = {(x["name"], y["peer"]): y for x in nodes
             for y in x["deployment"]["links"]}
    for a in NAMES:
        for b in NAMES:
            if a != b:
                expect(links[a, b]["sent"] > 10000, f"bytes from {a} to {b}")
                expect(links[a, b]["received"] > 10000, f"and from {b} to {a}")
        expect(links[a, "engine"]["engine"], "traffic with the engine")


def a_training_is_described():
    with Node("a") as a, Node("b") as b, Node("c") as c:
        nodes = ",".join(x.address for x in (a, b, c))
        with Training("--nodes", nodes, "--by",
                      "percentage=50,30,20") as training:
            training.wait_for_steps()
            first = look(c.address)["nodes"]
            expect(sorted(x["name"] for x in first) == list(NAMES),
                   "members that only the deployment names")
            what = [x["deployment"] for x in first]
            expect(len({x["run"] for x in what}) == 1, "one run")
            expect_text(f"train on .*process {training.process.pid}$",
                        what[0]["owner"])
            expect(what[0]["epoch"] == 1, "the placement's epoch")
            expect({x["layer"] for y in what for x in y["layers"]}
                   == {"hidden1", "hidden2", "output", "loss"}, "layers")
            check_layers(first)
            check_bytes(first)
            losses = [x["training"] for x in what if "training" in x]
            expect(len(losses) == 1, "one node knows the loss")
            expect(0 <= losses[0]["loss"] < 10, f"a loss: {losses}")
            wait_until(lambda: all(
                x["deployment"]["step"] > first[0]["deployment"]["step"]
                for x in look(a.address)["nodes"]), "steps go on")
            text, _ = run("status", "--nodes", a.address)
            expect_text(r"step [\d,]+, loss \d\.\d{4}, [\d,]+ samples/s", text)
            expect(all(len(x) <= 80 for x in text.splitlines()), "80 columns")
            training.process.send_signal(signal.SIGINT)
            training.end(20)
        wait_until(lambda: look(a.address)["nodes"][0]["deployment"] is None,
                   "the nodes are free again")


def watching_goes_on_until_it_is_stopped():
    with Node("a") as a:
        watch = subprocess.Popen(
            [PROGRAM, "status", "--watch", "--json", "--interval", "0.1",
             "--nodes", a.address], text=True, stdout=subprocess.PIPE)
        for _ in range(3):
            seen = json.loads(watch.stdout.readline())
            expect(seen["nodes"][0]["name"] == "a", "node a again")
        a.signal(signal.SIGKILL)
        a.process.wait()
        wait_until(lambda: "error" in json.loads(
            watch.stdout.readline())["nodes"][0], "it says that a is gone")
        watch.send_signal(signal.SIGINT)
        expect(watch.wait(timeout=20) == 0, "status 0 after SIGINT")


def a_node_that_hangs_is_named():
    with Node("a") as a, Node("b", "--join", a.address) as b:
        b.signal(signal.SIGSTOP)
        out, err = run("status", "--nodes", a.address, status=1)
        expect_text("^a ", out.split("\n", 1)[1])
        expect_text(re.escape(b.address), err)


def nobody_there():
    _, err = run("status", "--nodes", "127.0.0.1:1", status=1)
    expect_text("no node answers at 127.0.0.1:1", err)


a_free_cluster_is_found_from_one_address()
a_training_is_described()
watching_goes_on_until_it_is_stopped()
a_node_that_hangs_is_named()
nobody_there()
