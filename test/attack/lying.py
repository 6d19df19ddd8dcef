"""A node that takes a network, and then lies.

It answers as a node would, from the shapes alone: all its weights are a half.
`lies` has, by the kind of a message, a function that answers instead: it gets
the node and the message's content, and gives the content of the answer (of
another kind, if it has "is"), or None where none is to be sent. What follows
from tensors (loss_report, outputs) is a list of what to say, as results()
makes it: these functions get the node, the header and the number of rows.
"""
import contextlib
import os
import socket
import tempfile
import threading

import protocol
from networks import layer_of, ranges_of, row_of
from peer import Channel
from protocol import Reader, filled, make
from victims import expect, train

TASK = ("--network", "mlp:4-8-3", "--data", "generate:200x4x3", "--batch",
        "100", "--epochs", "1", "--threads", "1", "--json")


class LyingNode:
    """Listens until its `with` block ends."""

    def __init__(self, name="liar", **lies):
        self.lies = lies
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.info = make("node_info", name=name, address=self.address,
                         incarnation=4242)
        self.deployment = None
        self.coming = None
        self.asked = []
        self.channels = []
        self.closed = False
        threading.Thread(target=self.listen, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True
        # Closing alone wakes nobody who waits for a connection.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for x in self.channels:
            x.close()

    def listen(self):
        try:
            while True:
                channel = Channel(self.listener.accept()[0])
                channel.socket.settimeout(None)
                self.channels.append(channel)
                if self.closed:
                    channel.close()
                threading.Thread(target=self.serve, args=(channel,),
                                 daemon=True).start()
        except OSError:
            pass

    def serve(self, channel):
        try:
            self.welcome(channel)
            channel.keep_beating()
            while True:
                self.take(channel, channel.message())
        except (OSError, EOFError, ValueError):
            channel.close()

    def welcome(self, channel):
        theirs = Reader(channel.frame()[3]).decode("hello")
        ours = protocol.hello(engine=0, arithmetic=theirs.arithmetic,
                              **self.info)
        channel.send(protocol.frame(protocol.WELCOME,
                                    protocol.encode("hello", ours)))

    def take(self, channel, message):
        self.asked.append(message.kind)
        if message.kind == "deploy":
            self.deployment = message.content
        if message.kind == "prepare_move":
            self.coming = message.content.where
        if message.kind == "settle_move" and message.content["take"]:
            self.deployment.where = self.coming
        if message.kind == "activation":
            self.compute(channel, message)
        elif message.kind in protocol.ANSWERS and not message.reply:
            self.answer(channel, message)

    def answer(self, channel, message):
        answer = protocol.ANSWERS[message.kind]
        lie = self.lies.get(message.kind)
        content = (lie(self, message.content) if lie
                   else self.honest(message.kind, message.content))
        if content is not None:
            self.deliver(channel, content.pop("is", answer), content,
                         message.number, True)
        if message.kind == "keep_step":
            for kind, told, _ in self.kept(message.content.run,
                                           message.content.step):
                self.deliver(channel, kind, told)

    def compute(self, channel, message):
        """All layers at once: their outputs are a half."""
        head = message.content.head
        kind = "outputs" if head.mode == protocol.INFER else "loss_report"
        say = self.lies.get(kind, LyingNode.results)
        for what, content, values in say(self, head, message.rows):
            self.deliver(channel, what, content, values=values)

    def deliver(self, channel, kind, content, number=0, reply=False,
                values=None):
        """All that is said goes through here."""
        if values:
            channel.send(protocol.tensor_frames(kind, content, values))
        else:
            channel.send(protocol.control_frames(kind, content, number, reply))

    # -- what a node would say ------------------------------------------

    def honest(self, kind, asked):
        """The answer to a request."""
        answer = protocol.ANSWERS[kind]
        if kind == "fetch":
            return self.parameters(asked)
        if kind == "fetch_digests":
            digests = bytes(32) * asked.range.count
            return make(answer, range=asked.range, weights=digests,
                        state=digests if self.arrays() else b"")
        if kind == "fetch_outputs":
            return make(answer, range=asked.range,
                        values=filled(1, asked.range.count))
        if kind == "fetch_not_finite":
            return make(answer, range=asked.range)
        if kind == "fetch_status":
            return make(answer, node=self.info)
        if kind == "store":
            return make(answer, range=asked.slice.range)
        if kind in ("deploy", "prepare_move"):
            return make(answer, node=self.info.name,
                        groups=self.groups(asked.where))
        known = [name for name, _, _ in protocol.FIELDS[answer]]
        return make(answer, **({"node": self.info.name}
                               if "node" in known else {}))

    def parameters(self, asked, **changes):
        """A parameter_slice for a fetch."""
        net = self.deployment.net
        columns = row_of(net, layer_of(net, asked.range.first))
        weights = filled(asked.range.count, columns)
        fields = {"run": asked.run, "step": asked.step, "range": asked.range,
                  "weights": weights, "state": [weights] * self.arrays()}
        return make("parameter_slice", **{**fields, **changes})

    def results(self, head, rows, **changes):
        """What is told at the end of a flow; `changes` are those of its first
        message: (kind, content, values). The loss lives with the outputs."""
        last = len(self.deployment.net.layers) - 1
        held = ranges_of(self.deployment.net)[last]
        to = protocol.Record(head, layer=last, range=held)
        if head.mode == protocol.INFER:
            values = changes.pop("values", filled(rows, held.count))
            to.update(changes)
            told = ("outputs", make("outputs", head=to), values)
            return [told] * self.holds(last)
        loss = {"head": to, "loss_sum": 1.0, "samples": rows, **changes}
        done = ("flow_done", make("flow_done", head=to, node=self.index()),
                None)
        told = ("loss_report", make("loss_report", **loss), None)
        last_part = head.micro_batch + 1 == head.micro_batches
        kept = self.kept(head.run, head.step + 1) if last_part else []
        return [told] * self.holds(last) + [done] + kept * head["keep"]

    def kept(self, run, step):
        """What is told of weights that are to be written: it has no disk."""
        why = make("details", text=f"node '{self.info.name}' has no disk",
                   nodes=[self.info.name])
        lie = self.lies.get("shards_written")
        return [("shards_written",
                 lie(self, run, step) if lie else make(
                     "shards_written", run=run, step=step, node=self.index(),
                     failure=why),
                 None)]

    def arrays(self):
        """How many the optimizer keeps beside the weights."""
        return protocol.STATE_ARRAYS[self.deployment.training.optimizer.kind]

    def index(self):
        """Its place in the cluster."""
        names = [x.name for x in self.deployment.cluster.nodes]
        return names.index(self.info.name)

    def groups(self, where):
        """With one thread, each range that it is given is one."""
        return sum(x.node == self.index() for x in where.ranges)

    def holds(self, layer):
        return any(x.layer == layer and x.node == self.index()
                   for x in self.deployment.where.ranges)


def expect_named(what, node, save=False, keep=False):
    """A training on this node ends with an error that names it, and that a
    terminal may be given; one that saves, or keeps a model, writes nothing."""
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "weights")
        model = os.path.join(scratch, "model")
        more = ["--save", path] * save + ["--model", model] * keep
        with node, train([node], *TASK, *more) as x:
            x.expect_error(f"'{node.info.name}'|{node.address}", what)
            said = x.said().replace("\n", "")
            expect(said.isprintable() and len(said) < 10_000,
                   f"{what}: a line that can be shown, not {said[:300]!r}")
        written = os.path.exists(path) or keep and os.listdir(
            os.path.join(model, "manifests"))
        expect(not written, f"{what}: weights were written: {written}")
