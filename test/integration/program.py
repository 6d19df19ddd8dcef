"""What the integration tests share: running the program, nodes, and checks."""
import json
import os
import re
import signal
import subprocess
import sys
import time

PROGRAM = os.environ["GANGLION"]
# A hang must end the test, not the machine; sanitizers are slow.
LIMIT = 100 * (5 if "san" in os.environ.get("BUILD_DIR", "") else 1)


def run(*arguments, status=0, env=None, limit=LIMIT, input=None):
    """Runs a command to its end; its output and error texts."""
    result = subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True,
        input=input, timeout=limit, env={**os.environ, **(env or {})})
    if result.returncode != status:
        sys.exit(f"status {result.returncode}, not {status}: {arguments} "
                 f"{env or ''}\n{result.stdout}\n{result.stderr}")
    return result.stdout, result.stderr


def train_json(*arguments, **more):
    return json.loads(run("train", "--json", *arguments, **more)[0])


def expect(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")


def expect_text(pattern, text):
    if not re.search(pattern, text):
        sys.exit(f"FAILED: no '{pattern}' in:\n{text}")


def wait_until(condition, what, limit=20):
    """Polls; a test that waits for another process has nothing better."""
    end = time.monotonic() + limit
    while not condition():
        expect(time.monotonic() < end, f"{what} within {limit} s")
        time.sleep(0.02)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(x) for x in f.read().split()]


class Node:
    """A running node; ends with the `with` block."""

    def __init__(self, name, *arguments, listen="127.0.0.1:0", threads=1,
                 env=None, command=(PROGRAM,)):
        self.process = subprocess.Popen(
            [*command, "node", "--name", name, "--listen", listen, "--threads",
             str(threads), *arguments], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env={**os.environ, **(env or {})})
        self.address = ""
        for line in self.process.stdout:
            if " listens at " in line:
                self.address = line.split()[-1]
                break
        expect(self.address, f"node '{name}' listens")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.communicate()

    def signal(self, number):
        self.process.send_signal(number)


class Training:
    """A training that goes on until something ends it."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [PROGRAM, "train", "--network", "mlp:20-64-32-10", "--data",
             "generate:2000x20x10", "--epochs", "1000000", *arguments],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def wait_for_steps(self):
        """Until it has trained for an epoch."""
        line = self.process.stderr.readline()
        expect("step" in line, f"a progress line, not: {line}")

    def says(self, pattern):
        """Until it does."""
        while not re.search(pattern, line := self.process.stderr.readline()):
            expect(line, f"a line with '{pattern}'")

    def end(self, limit):
        """Its exit status and what it said, within so many seconds."""
        try:
            out, err = self.process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            sys.exit(f"FAILED: the command did not end within {limit} s")
        return self.process.returncode, out + err


class Follower:
    """predict --follow."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [PROGRAM, "predict", "--follow", *arguments], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def commit(self):
        """The next one that it shows."""
        line = self.process.stdout.readline()
        found = re.match(r"commit (\S+): ", line)
        expect(found, f"a commit, not '{line}'")
        return found[1]

    def says(self, pattern, *before):
        """Until it says so; before that nothing but what may come before."""
        while True:
            line = self.process.stderr.readline()
            if re.search(pattern, line):
                return
            expect(line and any(re.search(x, line) for x in before),
                   f"'{pattern}', not '{line}'")

    def end(self, status=0):
        """All else that it said on either stream."""
        if status == 0:
            self.process.send_signal(signal.SIGINT)
        texts = self.process.communicate(timeout=60)
        expect(self.process.returncode == status, f"status {status}: {texts}")
        return texts
