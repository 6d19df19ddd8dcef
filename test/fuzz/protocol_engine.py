"""Lying engines against real nodes: the nodes live, and are free again.

Each session is one to three connections that greet, deploy, train, ask, answer
unasked, repeat, stall and leave, nearly as an engine would. After each the
node must answer, be free within some seconds, and not have grown; then others
begin beside a training, which must go on.
"""
# test: timeout=150 sanitizers
import contextlib
import socket
import struct
import sys
import time

from sessions import each, options  # puts test/attack on the path

import protocol
from mutation import Mutator
from networks import (all_on, deployment, fingerprint, header, in_range,
                      perceptron, ranges_of, row_of, weight_bytes)
from peer import TURNED_AWAY, Peer
from protocol import filled, make
from victims import MEMORY, MIB, MOST, SLOW, Victim, going_training

CUT = (*TURNED_AWAY, OSError)
SHAPES = [(4, 8, 3), (1, 1), (2, 64, 64, 2), (3, 2, 2, 2, 3)]


class Attack:
    """One session's connections to one node, and what they do next."""

    def __init__(self, session, address, run=None, network=None):
        self.session = session
        self.draw = session.draw
        self.address = address
        self.own = run is None
        self.run = run or self.draw.getrandbits(63)
        self.network = network or perceptron(self.draw.choice(SHAPES))
        self.step = self.sequence = 0
        self.peers = []
        known = [self.run, *(x.first for x in ranges_of(self.network)),
                 *(x.count for x in ranges_of(self.network))]
        self.mutator = Mutator(self.draw, known)

    # -- what is sent -----------------------------------------------------

    def post(self, kind, content, reply=False):
        """A control message, of which something may be changed."""
        said = ""
        if self.session.chance(0.5):
            content, said = self.mutator.changed(kind, content)
        number = self.draw.choice([0, 1, self.sequence, 2**64 - 1])
        if (kind == "deploy"
                and MEMORY / 4 < weight_bytes(content.net) < MOST):
            return  # a node that has room for it takes it
        self.send(f"{'reply ' * reply}{kind} {said}",
                  protocol.control_frames(kind, content, number, reply))

    def tensor(self, kind, content, values):
        said = ""
        if self.session.chance(0.4):
            content, said = self.mutator.changed(kind, content)
        if self.session.chance(0.2):
            values = self.mutator.other_tensor(values)
            said += f" [{values.rows} x {values.columns}]"
        stream = self.draw.choice([1, 1, 7, 99, 2**32 - 1])
        self.send(f"{kind} {said}",
                  protocol.tensor_frames(kind, content, values, stream))

    def send(self, what, data):
        """Whole, in pieces, or cut off; once, or again and again."""
        peer = self.draw.choice(self.peers)
        times = self.draw.choice([1] * 20 + [2, 50])
        if self.session.chance(0.03):
            data = data[:self.draw.randrange(len(data) + 1)]
            what += f" cut to {len(data)} bytes"
        if self.session.chance(0.03) and data:
            data = bytearray(data)
            for _ in range(3):
                data[self.draw.randrange(len(data))] = self.draw.getrandbits(8)
            what += " with garbled bytes"
        self.session.say(f"{self.peers.index(peer)}: {what}"
                         + f", {times} times" * (times > 1))
        for _ in range(times):
            if len(data) < 300 and self.session.chance(0.05):
                for byte in data:
                    peer.send(bytes([byte]))
            else:
                peer.send(data)

    # -- the steps of a session ------------------------------------------

    def greet(self):
        fields = {"name": self.draw.choice(["train", "e", ""]),
                  "observer": int(self.session.chance(0.1))}
        greeting = protocol.hello(**fields)
        if self.session.chance(0.2):
            greeting, said = self.mutator.changed("hello", greeting, 1)
            self.session.say(f"greeting with {said}")
        self.peers.append(Peer(self.address, **greeting))
        self.peers[-1].socket.settimeout(10 * SLOW)

    def deploy(self):
        node = self.peers[0].node
        self.post("deploy", deployment(
            self.run, [node], self.network,
            group_size=self.draw.choice([0, 0, 1])))
        if self.session.chance(0.8):
            self.peers[0].message()  # the answer; else all may come too early

    def train(self):
        """A batch for the next step, or for a micro-batch of it."""
        head = {"step": self.step, "sequence": self.sequence + 1, "batch": 2,
                "rows": 2}
        last = len(self.network.layers) - 1
        self.tensor("activation", make("activation", head=header(
            self.run, self.network, 0, **head)),
            filled(2, self.network.layers[0].neurons))
        self.tensor("targets", make("targets", head=header(
            self.run, self.network, last, **head)), filled(2, 1, 0.0))
        self.step += 1
        self.sequence += 1

    def infer(self):
        self.sequence += 1
        head = header(self.run, self.network, 0, mode=protocol.INFER,
                      step=self.step, sequence=self.sequence, keep=1,
                      rows=3)
        self.tensor("activation", make("activation", head=head),
                    filled(3, self.network.layers[0].neurons))

    def any_tensor(self):
        layer = self.draw.randrange(len(self.network.layers))
        kind = self.draw.choice(protocol.CARRIERS)
        head = header(self.run, self.network, layer, step=self.step,
                      sequence=self.sequence, rows=2)
        self.tensor(kind, make(kind, head=head),
                    filled(2, self.network.layers[layer].neurons))

    def ask(self):
        """Any request, about this run."""
        kind = self.draw.choice([x for x in protocol.ANSWERS if x != "deploy"])
        self.post(kind, self.request(kind))

    def request(self, kind):
        layer = self.draw.randrange(1, len(self.network.layers))
        range_ = ranges_of(self.network)[layer]
        count = self.draw.randint(1, range_.count)
        values = {
            "run": self.run, "range": in_range(range_.first, count),
            "step": self.draw.choice([0, self.step, self.step + 1]),
            "where": all_on(self.network, [self.peers[0].node.name]),
            "model": make("model", path="/no/such/model",
                          network_hash=fingerprint(self.network)),
            "take": 1,
            "slice": make("slice", run=self.run, step=self.step,
                          range=in_range(range_.first, count),
                          weights=filled(count, row_of(self.network, layer))),
            "training": make("training", seed=self.draw.choice([1, 2])),
        }
        wanted = [name for name, _, _ in protocol.FIELDS[kind]]
        return make(kind, **{k: v for k, v in values.items() if k in wanted})

    def answer(self):
        """What nobody asked about."""
        kind = self.draw.choice([*protocol.KINDS])
        self.post(kind, make(kind), reply=self.session.chance(0.7))

    def listen(self):
        """Reads what has come, for a moment."""
        peer = self.draw.choice(self.peers)
        peer.socket.settimeout(0.01)
        with contextlib.suppress(TimeoutError):
            while True:
                peer.frame()
        peer.socket.settimeout(10 * SLOW)

    def frame(self):
        """A frame of any kind."""
        kind = self.draw.randrange(0, 10)
        data = self.draw.randbytes(self.draw.choice([0, 1, 12, 200]))
        size = self.draw.choice([len(data)] * 3 + [2**20, 2**32 - 1])
        self.send(f"a frame of kind {kind}, {size} bytes", protocol.frame(
            kind, data, self.draw.choice([0, 1, 255]),
            self.draw.choice([0, 7, 2**32 - 1]), size))

    def stall(self):
        time.sleep(self.draw.choice([0.001, 0.02, 0.1]))

    def leave(self):
        """Closes a connection, politely or not."""
        peer = self.peers.pop(self.draw.randrange(len(self.peers)))
        if self.session.chance(0.5):
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        peer.close()
        self.session.say("one leaves")

    def go(self):
        """The whole session."""
        try:
            self.greet()
            if self.own:
                self.deploy()
            for _ in range(self.draw.randint(1, 25)):
                if not self.peers:
                    break
                self.draw.choices(
                    [self.train, self.infer, self.any_tensor, self.ask,
                     self.answer, self.listen, self.frame, self.stall,
                     self.leave, self.greet, self.deploy],
                    [6, 3, 3, 8, 2, 3, 1, 1, .3, .5, .5 * self.own])[0]()
        except CUT as why:
            self.session.say(f"turned away: {str(why)[:100]}")
        finally:
            for x in self.peers:
                x.close()


class Lonely:
    """A node that sessions have for themselves."""

    def __init__(self):
        self.node = Victim()

    def __enter__(self):
        self.node.takes_work()
        self.before = self.node.memory()
        return self

    def __exit__(self, *_):
        self.node.__exit__()

    def run(self, session):
        Attack(session, self.node.address).go()
        self.node.expect_free("the session")
        self.node.expect_modest(self.before, "all sessions")

    def end(self):
        grown = (self.node.memory("VmHWM") - self.before) // MIB
        print(f"the node grew by {grown} of {MEMORY // MIB} MiB", flush=True)


class Beside:
    """A node of a training, whose run strangers know."""

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        self.training = self.stack.enter_context(going_training())
        self.node = self.training.nodes[0]
        self.target = self.training.deployment()
        self.before = self.node.memory()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def run(self, session):
        Attack(session, self.node.address, self.target.run,
               self.target.net).go()
        self.training.expect_progress("the session")
        self.node.expect_modest(self.before, "all sessions")

    def end(self):
        self.training.expect_progress("all sessions", more=100)


if __name__ == "__main__":
    CHOSEN = options(__doc__)
    CHOSEN.seconds /= 2
    FAILED = 0
    for kind_of_victim in (Lonely, Beside):
        print(f"-- {kind_of_victim.__doc__}", flush=True)
        FAILED += each(CHOSEN, kind_of_victim)
    sys.exit(1 if FAILED else 0)
