"""Who is attacked: nodes and trainings as processes, and what becomes of them.

A test file here is a list of cases: functions, marked with @case, that end by
expect() where a fault is there. main() runs them all, or those that are named
on the command line, and says of each in one line how it went.
"""
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent import futures

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "../integration"))
# pylint: disable=wrong-import-position
from program import (PROGRAM, Node, expect,  # noqa: E402, F401
                     expect_text, run, wait_until)

import peer as attacker  # noqa: E402
from networks import deployment  # noqa: E402

SANITIZED = "san" in os.environ.get("BUILD_DIR", "")
SLOW = 6 if SANITIZED else 1
FULL = bool(os.environ.get("GANGLION_FULL"))
MIB = 1 << 20
# What an error may take, and some for a busy machine.
SOON = 45 * SLOW
# What a peer may make a node take beyond what it has; a sanitizer keeps what
# was freed for a while.
MEMORY = 256 * MIB * (4 if SANITIZED else 1)
# Memory beyond which a broken node is ended, rather than the machine.
MOST = 6000 * MIB

SMALL = ("--network", "mlp:20-64-32-10", "--data",
         "generate:400x20x10", "--batch", "20", "--threads", "1")

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Victim(Node):
    """A node that is watched from outside."""

    def __init__(self, name="victim", *arguments):
        super().__init__(name, *arguments)
        self.name = name
        self.pid = self.process.pid
        if not SANITIZED:
            resource.prlimit(self.pid, resource.RLIMIT_AS, (MOST, MOST))

    def memory(self, what="VmRSS"):
        """Bytes in memory; with VmHWM, the most there ever were."""
        with open(f"/proc/{self.pid}/status") as f:
            for line in f:
                if line.startswith(what):
                    return int(line.split()[1]) * 1024
        return 0

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def peer(self, **greeting):
        return attacker.Peer(self.address, **greeting)

    def status(self):
        return attacker.status(self.address)

    def answers(self):
        try:
            self.status()
            return True
        except (*attacker.TURNED_AWAY, attacker.NoAnswer, OSError):
            return False

    def takes_work(self):
        """Whether it is free: somebody can deploy, and take it off again."""
        try:
            with self.peer(name="tester") as x:
                x.ask("deploy", deployment(99, [x.node]))
                x.ask("release", run=99)
            return True
        except (*attacker.TURNED_AWAY, attacker.NoAnswer, OSError):
            return False

    def end_of(self):
        """How the process ended, in words."""
        try:
            self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return "it lives, but does not answer"
        said = self.process.stderr.read()[-600:]
        return f"it ended with status {self.process.returncode}: {said}"

    def expect_alive(self, after):
        if self.process.poll() is not None or not self.answers():
            expect(False, f"node '{self.name}' is there after {after}; "
                   f"{self.end_of()}")

    def expect_free(self, after, limit=15):
        self.expect_alive(after)
        wait_until(self.takes_work, f"node '{self.name}' is free again after "
                   f"{after}", limit * SLOW)

    def expect_modest(self, before, after, most=MEMORY):
        """`before` is its memory then; what it took since is bounded."""
        grown = self.memory("VmHWM") - before
        expect(grown < most, f"node '{self.name}' took {grown // MIB} MiB, "
               f"not {most // MIB} MiB, for {after}")


class Command:
    """A command whose output goes to files, so that it never waits for us."""

    def __init__(self, *arguments):
        self.out = tempfile.TemporaryFile("w+")
        self.err = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=self.out,
            stderr=self.err, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.out.close()
        self.err.close()

    def said(self):
        """All that it said, progress aside."""
        result = []
        for file in (self.out, self.err):
            text = os.pread(file.fileno(), 1 << 24, 0).decode(errors="replace")
            result += [x for x in text.replace("\r", "\n").splitlines()
                       if not x.startswith("epoch ")]
        return "\n".join(result)

    def json(self):
        return json.loads(os.pread(self.out.fileno(), 1 << 24, 0))

    def running(self):
        return self.process.poll() is None

    def end(self, what, limit=SOON):
        """Its exit status, which comes in time."""
        try:
            return self.process.wait(limit)
        except subprocess.TimeoutExpired:
            sys.exit(f"FAILED: {what} still hangs after {limit} s; it said: "
                     f"{self.said()[-300:]}")

    def expect_error(self, pattern, what, limit=SOON):
        """Ends with status 1 and a line that says why."""
        status = self.end(what, limit)
        said = self.said()
        expect(status == 1, f"{what}: ended with status {status}, not 1: "
               f"{said[-600:]}")
        expect_text(pattern, said)


def train(nodes, *arguments):
    """A training on nodes that exist, of SMALL if not told otherwise."""
    arguments = arguments if "--network" in arguments else SMALL + arguments
    return Command("train", "--nodes", ",".join(x.address for x in nodes),
                   *arguments)


class Going:
    """A training on its nodes that is to go on, whatever happens."""

    def __init__(self, nodes, command):
        self.nodes = nodes
        self.command = command

    def deployment(self, node=0):
        """As a node tells those who only look."""
        result = self.nodes[node].status().deployments
        expect(result, f"node '{self.nodes[node].name}' still trains; the "
               f"training said: {self.command.said()[-300:]}")
        return result[0]

    def steps(self):
        try:
            return self.nodes[0].status().deployments[0].steps
        except (IndexError, OSError, attacker.NoAnswer,
                *attacker.TURNED_AWAY):
            return 0

    def expect_progress(self, after, limit=15, more=2):
        """So many more steps are trained, without an error."""
        first = self.steps()

        def went_on():
            expect(self.command.running(), "the training goes on after "
                   f"{after}; it ended: {self.command.said()[-300:]}")
            return self.steps() > first + more
        wait_until(went_on, f"the training goes on after {after}",
                   limit * SLOW)


@contextlib.contextmanager
def three_nodes():
    """Nodes a, b and c, which know each other."""
    with Victim("a") as a, Victim("b", "--join", a.address) as b:
        with Victim("c", "--join", a.address) as c:
            yield [a, b, c]


@contextlib.contextmanager
def going_training(*arguments):
    """A training on three nodes that is past its first steps."""
    arguments = arguments or ("--epochs", "1000000")
    with three_nodes() as nodes:
        with train(nodes, "--by", "percentage=50,30,20", *arguments) as x:
            result = Going(nodes, x)
            wait_until(lambda: result.steps() > 2 or not x.running(),
                       "a training begins", 30 * SLOW)
            yield result


def expect_training(nodes, after):
    """A short training on them works."""
    with train(nodes, "--epochs", "1") as x:
        what = f"a training on {len(nodes)} nodes after {after}"
        status = x.end(what, 60 * SLOW)
        expect(status == 0, f"{what}: status {status}: {x.said()[-300:]}")
    for x in nodes:
        x.expect_alive(after)


def verdict_of(case):
    """Runs a case; what to say of it, and whether all is well."""
    begin = time.monotonic()
    good = False
    try:
        case()
        verdict, good = "ok", True
    except SystemExit as why:
        verdict = "FAILED: " + str(why).removeprefix("FAILED: ")
    except Exception as why:  # pylint: disable=broad-except
        verdict = f"FAILED: {why!r}"
    took = time.monotonic() - begin
    verdict = " ".join(verdict.split())[:600]
    print(f"{case.__name__} ({took:.1f} s): {verdict}", flush=True)
    return good


CASES = []


def case(function):
    """Makes a function one of the file's cases."""
    CASES.append(function)
    return function


def main(at_once=1):
    """Runs the cases, or those that the command line names."""
    chosen = [x for x in CASES
              if x.__name__ in sys.argv[1:] or not sys.argv[1:]]
    with futures.ThreadPoolExecutor(at_once) as pool:
        good = list(pool.map(verdict_of, chosen))
    sys.exit(0 if good and all(good) else 1)
