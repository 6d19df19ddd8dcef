"""Lying nodes against real commands: they end in time, and say who lied.

Each session is a command (a training, one that writes a model, a prediction,
a session at the prompt that moves neurons) on one or two nodes that answer
nearly as nodes would: with numbers changed, twice, late, never, as another
kind, with garbage behind, or with a cut connection. The command must not hang
nor crash, must succeed only with numbers that are possible, and otherwise name
the liar. A training on other nodes goes on meanwhile.
"""
# test: timeout=200 sanitizers
import contextlib
import json
import math
import os
import sys
import tempfile
import threading
import time
from concurrent import futures

from sessions import options, sessions  # puts test/attack on the path

import protocol
from lying import LyingNode
from mutation import Mutator
from networks import ranges_of
from protocol import make
from victims import SLOW, Command, going_training, run

LIMIT = 45 * SLOW
# Liars are threads of this process: where cores are few, more of them would be
# too slow to pass for nodes.
AT_ONCE = min(8, 2 * (os.cpu_count() or 1)) if SLOW == 1 else 3
DATA = ("--data", "generate:60x4x3", "--batch", "10", "--epochs", "2",
        "--threads", "1")
STEPS = 12  # what an honest node is asked to do
# A share may stand still for long: who waits for it waits longer than we do.
OF_A_SHARE = ("store_opened", "shards_loaded", "shards_written")
PROMPT = """network mlp:4-8-3
deploy {} by identifiers=liar:4-7+12-14,other:8-11 threads 1
train 1 epoch generate:60x4x3 batch 10
show hidden1[1]
move hidden1[0..1] to other
train 1 epoch
set hidden1[1].bias 1
move hidden1[0..1] to liar
train 2 steps
"""


class FuzzedNode(LyingNode):
    """Lies as its session has it drawn."""

    def __init__(self, session, name, rate):
        self.session = session
        self.draw = session.draw
        self.rate = rate
        self.lied = False
        self.share_stands_still = False
        self.speaking = threading.Lock()
        super().__init__(name)

    def deliver(self, channel, kind, content, number=0, reply=False,
                values=None):
        with self.speaking:
            if self.draw.random() >= self.rate:
                super().deliver(channel, kind, content, number, reply, values)
                return
            self.lied = True
            self.share_stands_still |= kind in OF_A_SHARE
            lie = self.draw.choices(
                [self.changed, self.twice, self.late, self.never,
                 self.another, self.garbage, self.cut, self.unasked],
                [20, 3, 3, 0.4, 2, 2, 1, 3])[0]
            self.session.say(f"{self.info.name}: {kind}, {lie.__name__}")
            lie(channel, kind, content, number, reply, values)

    def changed(self, channel, kind, content, number, reply, values):
        """With other numbers."""
        known = [self.deployment.run, number] if self.deployment else []
        mutator = Mutator(self.draw, known)
        if values and self.draw.random() < 0.5:
            values = mutator.other_tensor(values)
            said = f"[{values.rows} x {values.columns}]"
        else:
            content, said = mutator.changed(kind, content)
        self.session.lines[-1] += f": {said}"
        super().deliver(channel, kind, content, number, reply, values)

    def twice(self, channel, *what):
        super().deliver(channel, *what)
        super().deliver(channel, *what)

    def late(self, channel, *what):
        time.sleep(self.draw.choice([0.05, 0.3]))
        super().deliver(channel, *what)

    def never(self, *_):
        pass

    def another(self, channel, kind, content, number, reply, values):
        """An answer to something else, or to nothing."""
        kind = self.draw.choice(protocol.KINDS)
        self.session.lines[-1] += f": {kind}"
        super().deliver(channel, kind, make(kind), number, reply)

    def garbage(self, channel, *what):
        super().deliver(channel, *what)
        channel.send(protocol.frame(self.draw.randrange(10),
                                    self.draw.randbytes(40)))

    def cut(self, channel, kind, content, number, reply, values):
        """A part of it, then nobody."""
        data = protocol.control_frames(kind, content, number, reply)
        channel.send(data[:self.draw.randrange(len(data))])
        channel.close()

    def unasked(self, channel, *what):
        """A report that nobody expects, before what is due."""
        run_id = self.deployment.run if self.deployment else 0
        kind = self.draw.choice(["run_failed", "shards_written", "loss_report",
                                 "flow_done", "outputs"])
        fields = {"head": make("header", run=run_id, layer=2, range=ranges_of(
            self.deployment.net)[2])} if self.deployment else {}
        if "run" in make(kind):
            fields = {"run": run_id}
        self.session.lines[-1] += f": {kind}"
        values = protocol.filled(2, 3) if kind == "outputs" else None
        super().deliver(channel, kind, make(kind, **fields), values=values)
        super().deliver(channel, *what)


# -- what the nodes are used for ------------------------------------------

def training(session, scratch, nodes):
    more = [[], ["--save", os.path.join(scratch, "weights")],
            ["--micro-batches", "3"], ["--optimizer", "sgd"],
            ["--optimizer", "momentum"]]
    return ["train", "--network", "mlp:4-8-3", *DATA, "--json", "--nodes",
            nodes[0].address, *session.draw.choice(more)]


def training_with_a_model(_, scratch, nodes):
    return ["train", "--network", "mlp:4-8-3", *DATA, "--json", "--nodes",
            nodes[0].address, "--model", os.path.join(scratch, "model")]


def prediction(_, scratch, nodes):
    model = os.path.join(scratch, "ready")
    run("train", "--network", "mlp:4-8-3", *DATA, "--nodes", "inside:1",
        "--model", model, limit=60 * SLOW)
    return ["predict", "--model", model, "--data", "generate:60x4x3",
            "--nodes", nodes[0].address, "--threads", "1"]


def prompt(_, scratch, nodes):
    path = os.path.join(scratch, "script")
    with open(path, "w") as f:
        f.write(PROMPT.format(",".join(x.address for x in nodes)))
    return ["repl", path]


# -- and what is expected -------------------------------------------------

def impossible(command, text):
    """What is wrong with what a command that succeeded says, or None."""
    if "--json" not in command:
        return None
    said = json.loads(text)
    if said["steps"] != STEPS:
        return f"{said['steps']} steps, not {STEPS}"
    for name in ("train_accuracy", "test_accuracy"):
        value = said[name]
        if value is None or not math.isfinite(value) or not 0 <= value <= 1:
            return f"a {name} of {value}"
    return None


def judge(command, ended, nodes):
    """What is wrong with how a command ended, or None."""
    status, said = ended.process.returncode, ended.said()[-500:]
    if status == 0:
        ended.out.seek(0)
        return impossible(command, ended.out.read())
    if status != 1:
        return f"it ended with status {status}: {said}"
    if not any(x.lied for x in nodes) and "--model" not in command:
        return f"nobody lied, but it failed: {said}"
    # Of a shard it says which, not who wrote it.
    named = [f"'{x.info.name}'" for x in nodes] + [x.address for x in nodes]
    # Nor can a lie about the loss be told from a training that has diverged.
    if not any(x in said for x in [*named, "shard", "diverged"]):
        return f"it names none of its nodes: {said}"
    return None


def attack(session):
    """One session; what went wrong in it, or None."""
    make_command = session.draw.choices(
        [training, training_with_a_model, prediction, prompt],
        [5, 2, 1, 3])[0]
    rate = session.draw.choice([0, 0.05, 0.2, 0.5])
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory())
        nodes = [stack.enter_context(FuzzedNode(session, x, rate))
                 for x in ("liar", "other")]
        command = make_command(session, scratch, nodes)
        session.say(" ".join(command))
        ended = stack.enter_context(Command(*command))
        try:
            ended.process.wait(LIMIT)
        except Exception:  # pylint: disable=broad-except
            if any(x.share_stands_still for x in nodes):
                return None
            return f"{command[0]} hangs: {ended.said()[-500:]}"
        return judge(command, ended, nodes)


def main(chosen):
    failed = []
    todo = sessions(chosen)
    drawing = threading.Lock()

    def work():
        while not failed or chosen.all:
            with drawing:
                session = next(todo, None)
            if not session:
                return
            why = attack(session)
            if why:
                failed.append(session.failure(f"FAILED: {why}"))
                print(failed[-1], flush=True)
    with going_training() as other:
        # Those that wait for an answer in vain take a while.
        with futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for x in [pool.submit(work) for _ in range(AT_ONCE)]:
                x.result()
        other.expect_progress("liars beside it")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(options(__doc__))
