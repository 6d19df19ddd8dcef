"""A node that takes a network, and then lies.

It answers as a node with all neurons would, from the shapes alone; `lies` has,
by the kind of a message, a function that answers instead: it gets the node, its
channel and the message, and gives the content of the answer (of another kind,
if it has "is"), or None where none is to be sent. What follows from tensors
(loss_report, outputs) is a list of what to say, as results() makes it: these
functions get the node, the header and the number of rows.
"""
import socket
import threading

import protocol
from networks import in_range, layer_of, ranges_of, row_of
from peer import Channel
from protocol import Reader, filled, make


class LyingNode:
    """Listens until its `with` block ends."""

    def __init__(self, name="liar", **lies):
        self.lies = lies
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.info = make("node_info", name=name, address=self.address,
                         incarnation=4242)
        self.deployment = None
        self.asked = []
        self.channels = []
        threading.Thread(target=self.listen, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        for x in self.channels:
            x.close()

    def listen(self):
        try:
            while True:
                channel = Channel(self.listener.accept()[0])
                channel.socket.settimeout(None)
                self.channels.append(channel)
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
        if message.kind == "activation":
            return self.compute(channel, message)
        answer = protocol.ANSWERS.get(message.kind)
        if not answer or message.reply:
            return None
        lie = self.lies.get(message.kind)
        content = (lie(self, channel, message.content) if lie
                   else self.honest(message.kind, message.content))
        if content is not None:
            channel.send(protocol.control_frames(
                content.pop("is", answer), content, message.number, True))
        return None

    def honest(self, kind, asked):
        """What a node would answer; all its parameters are a half."""
        answer = protocol.ANSWERS[kind]
        if kind == "fetch":
            return self.parameters(asked)
        if kind == "fetch_digests":
            return make(answer, range=asked.range,
                        weights=bytes(32) * asked.range.count)
        if kind == "fetch_outputs":
            return make(answer, range=asked.range,
                        values=filled(1, asked.range.count))
        if kind == "fetch_status":
            return make(answer, node=self.info)
        if kind == "store":
            return make(answer, range=asked.slice.range)
        known = [name for name, _, _ in protocol.FIELDS[answer]]
        return make(answer, **({"node": self.info.name}
                               if "node" in known else {}))

    def parameters(self, asked, **changes):
        """A parameter_slice for a fetch."""
        net = self.deployment.net
        columns = row_of(net, layer_of(net, asked.range.first))
        fields = {"run": asked.run, "step": asked.step, "range": asked.range,
                  "weights": filled(asked.range.count, columns)}
        return make("parameter_slice", **{**fields, **changes})

    def compute(self, channel, message):
        """All layers at once: their outputs are a half."""
        head = message.content.head
        kind = "outputs" if head.mode == protocol.INFER else "loss_report"
        say = self.lies.get(kind, LyingNode.results)
        for what, content, values in say(self, head, message.rows):
            if values:
                channel.send(protocol.tensor_frames(what, content, values))
            else:
                channel.send(protocol.control_frames(what, content))

    def results(self, head, rows, **changes):
        """What is told at the end of a flow; `changes` are those of its last
        message: (kind, content, values)."""
        net = self.deployment.net
        last = len(net.layers) - 1
        to = protocol.Record(head, layer=last, range=ranges_of(net)[last])
        if head.mode == protocol.INFER:
            values = changes.pop("values", filled(rows, to.range.count))
            to.update(changes)
            return [("outputs", make("outputs", head=to), values)]
        loss = {"head": to, "loss_sum": 1.0, "samples": rows, **changes}
        return [("loss_report", make("loss_report", **loss), None),
                ("flow_done", make("flow_done", head=to), None)]


def moved(asked, by):
    """A range elsewhere."""
    return in_range(asked.range.first + by, asked.range.count)
