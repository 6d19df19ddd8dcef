"""A node that dies or hangs ends the run; nothing hangs, nothing stays."""
# test: timeout=100 sanitizers
import signal
import subprocess

from program import (PROGRAM, Node, Training, alive, children_of, expect, expect_text,
                     run, wait_until)

# What the issue allows, and some for a busy machine.
SOON = 10 + 5


def ends_naming(node, how):
    with Node("a") as a, Node("b") as b, Node("c") as c:
        nodes = f"{a.address},{b.address},{c.address}"
        with Training("--nodes", nodes, "--by", "percentage=50,30,20") as t:
            t.wait_for_steps()
            {"a": a, "b": b, "c": c}[node].signal(how)
            status, text = t.end(SOON)
            expect(status == 1, f"status 1 after {how}, not {status}")
            expect_text(f"node '{node}'", text)
        # The others are free again.
        left = [x for x in (a, b, c) if x.process.poll() is None
                and x is not {"a": a, "b": b, "c": c}[node]]
        run("train", "--network", "mlp:20-16-10", "--data",
            "generate:100x20x10", "--batch", "10", "--epochs", "1", "--nodes",
            ",".join(x.address for x in left), "--by", "percentage=50,50")


def busy_nodes_say_who_has_them():
    with Node("a") as a:
        with Training("--nodes", a.address) as t:
            t.wait_for_steps()
            _, err = run("train", "--network", "mlp:20-16-10", "--data",
                         "generate:200x20x10", "--nodes", a.address, status=1)
            expect_text("node 'a' is busy with train on .*, process "
                        f"{t.process.pid}", err)


def stopped_command_leaves_nothing(how, status):
    with Training("--nodes", "local:3", "--by", "percentage=50,30,20") as t:
        t.wait_for_steps()
        nodes = children_of(t.process.pid)
        expect(len(nodes) == 3, "three node processes")
        t.process.send_signal(how)
        ended, text = t.end(SOON)
        expect(ended == status, f"status {status} after {how}: {ended} {text}")
        wait_until(lambda: not any(map(alive, nodes)), "no process stays")


def local_node_dies():
    with Training("--nodes", "local:3", "--by", "percentage=50,30,20") as t:
        t.wait_for_steps()
        import os
        os.kill(children_of(t.process.pid)[1], signal.SIGKILL)
        status, text = t.end(SOON)
        expect(status == 1, "status 1")
        expect_text("node 'b'", text)


def idle_node_dies():
    """It is noticed while the other half of the comparison trains for long."""
    with Node("a") as a, Node("b") as b:
        verify = subprocess.Popen(
            [PROGRAM, "verify", "--network", "mlp:20-64-32-10", "--data",
             "generate:2000x20x10", "--steps", "1000000000", "--nodes",
             f"{a.address},{b.address}", "--by", "percentage=50,50"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            wait_until(lambda: "verify" in run("status", "--json", "--nodes",
                                               b.address)[0], "a deployment")
            b.signal(signal.SIGKILL)
            _, err = verify.communicate(timeout=SOON)
        finally:
            verify.kill()
        expect(verify.returncode == 1, "status 1")
        expect_text("node 'b'", err)


def node_ends_cleanly(how):
    with Node("a") as a:
        a.signal(how)
        expect(a.process.wait(timeout=SOON) == 0, f"status 0 after {how}")


ends_naming("b", signal.SIGKILL)
ends_naming("c", signal.SIGSTOP)
busy_nodes_say_who_has_them()
stopped_command_leaves_nothing(signal.SIGKILL, -signal.SIGKILL)
stopped_command_leaves_nothing(signal.SIGTERM, 1)
stopped_command_leaves_nothing(signal.SIGINT, 1)
local_node_dies()
idle_node_dies()
node_ends_cleanly(signal.SIGTERM)
node_ends_cleanly(signal.SIGINT)
