"""examples/cluster/run: three hosts, and nothing left of them, whatever happens."""
# test: timeout=300 alone
import os
import signal
import subprocess
import sys

from program import expect, expect_text, wait_until

RUN = os.path.join(os.environ["SOURCE_DIR"], "examples/cluster/run")
SMALL = ("--network", "mlp:64-128-64-10", "--data", "generate:4000x64x10")
PREFIX = "ganglion-cluster"


def start(*more):
    return subprocess.Popen([RUN, *SMALL, *more], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            start_new_session=True)


def namespaces():
    text = subprocess.run(["ip", "netns", "list"], capture_output=True,
                          text=True, check=True).stdout
    return [x.split()[0] for x in text.splitlines() if x.startswith(PREFIX)]


def processes():
    """Of ours: their arguments name the addresses of the hosts."""
    text = subprocess.run(["ps", "-eo", "args"], capture_output=True,
                          text=True, check=True).stdout
    return [x for x in text.splitlines() if "--listen 10.171.47." in x
            and "grep" not in x]


def expect_nothing_left():
    wait_until(lambda: not namespaces() and not processes(),
               "no namespaces and no nodes")


def read_until(process, text):
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return
    sys.exit(f"FAILED: no '{text}':\n{''.join(lines)}{process.stderr.read()}")


def the_whole_of_it():
    process = start("--epochs", "40")
    out, err = process.communicate(timeout=250)
    if process.returncode == 77:
        print(f"no cluster in namespaces here: {err}")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    expect(process.returncode == 0, f"status 0:\n{out}\n{err}")
    for number, name in enumerate("abc", 1):
        expect_text(f"node '{name}' listens at 10.171.47.{number}:4701", out)
        expect_text(f"(?m)^{name} +10.171.47.{number}:4701 ", out)
    expect_text(r"step [\d,]+, loss \d.\d+, [\d,]+ samples/s", out)
    expect_text("b +-> c", out)
    expect_text("test accuracy +(9[0-9]|100)", out)
    expect_text("commit .*accuracy (9[0-9]|100)", out)
    expect_text("sample,prediction|sample,", out)
    expect_nothing_left()


def interrupted(how, status):
    process = start("--epochs", "1000000")
    read_until(process, "samples/s")
    # As a terminal does: the whole foreground group.
    os.killpg(process.pid, how)
    process.communicate(timeout=60)
    expect(process.returncode == status, f"{process.returncode} after {how}")
    expect_nothing_left()


def leftovers_are_removed():
    process = start("--epochs", "1000000")
    read_until(process, "samples/s")
    process.kill()
    process.communicate(timeout=60)
    expect(len(namespaces()) == 4, "the namespaces of one that was killed")
    process = start("--epochs", "1")
    out, err = process.communicate(timeout=250)
    expect(process.returncode == 0, f"status 0 after a crash:\n{out}\n{err}")
    expect_nothing_left()


the_whole_of_it()
interrupted(signal.SIGINT, 130)
interrupted(signal.SIGTERM, 143)
leftovers_are_removed()
