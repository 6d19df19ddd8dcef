"""Whoever speaks the protocol to a program: a stranger with no good intent."""
import socket
import threading
import time

import protocol
from protocol import Reader, Record

PATIENCE = 30  # seconds for an answer; a sanitizer takes its time, too


class Refused(Exception):
    """The other side said, in words, that it will not talk."""


class Failure(Exception):
    """The other side answered with an error."""


class NoAnswer(Exception):
    """The other side says nothing at all."""


class Channel:
    """A connection as either side has it: frames out, messages in."""

    def __init__(self, connected):
        self.socket = connected
        self.socket.settimeout(PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.parts = {}
        self.heads = {}
        self.buffered = b""
        self.sending = threading.Lock()

    def close(self):
        self.socket.close()

    def send(self, data):
        with self.sending:
            self.socket.sendall(data)

    def beat(self):
        self.send(protocol.frame(
            protocol.HEARTBEAT,
            protocol.encode("heartbeat", protocol.make("heartbeat"))))

    def keep_beating(self):
        """Looks alive until the connection has ended."""
        def beat():
            try:
                while True:
                    self.beat()
                    time.sleep(1)
            except OSError:
                pass
        threading.Thread(target=beat, daemon=True).start()

    def take(self, size):
        while len(self.buffered) < size:
            data = self.socket.recv(1 << 18)
            if not data:
                raise EOFError("the other side closed the connection")
            self.buffered += data
        result = self.buffered[:size]
        self.buffered = self.buffered[size:]
        return result

    def frame(self):
        """The next frame: kind, flags, stream, payload."""
        size, kind, flags, _, stream = protocol.PREFIX.unpack(
            self.take(protocol.PREFIX.size))
        return kind, flags, stream, self.take(size)

    def message(self):
        """The next whole message: a control message or a tensor."""
        while True:
            kind, flags, stream, data = self.frame()
            last = flags & protocol.LAST_FRAME
            result = None
            if kind == protocol.CONTROL:
                result = self.control_part(stream, data, last)
            elif kind == protocol.HEAD:
                self.heads[stream] = self.tensor_head(data)
            elif kind == protocol.DATA:
                result = self.tensor_part(stream, data)
            if result:
                return result

    def control_part(self, stream, data, last):
        data = self.parts.pop(stream, b"") + data
        if not last:
            self.parts[stream] = data
            return None
        reader = Reader(data)
        result = reader.decode("envelope")
        result.kind = protocol.KINDS[result.kind]
        result.content = reader.decode(result.kind)
        reader.expect_end(result.kind)
        return result

    @staticmethod
    def tensor_head(data):
        reader = Reader(data)
        kind = protocol.CARRIERS[reader.decode("u8")]
        return Record(kind=kind, reply=False, number=0,
                      content=reader.decode(kind), rows=reader.decode("u64"),
                      columns=reader.decode("u64"), data=b"")

    def tensor_part(self, stream, data):
        head = self.heads[stream]
        head.data += data
        if len(head.data) < 4 * head.rows * head.columns:
            return None
        return self.heads.pop(stream)


def connect(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


class Peer(Channel):
    """Somebody who dials a node and greets it, as an engine if not told
    otherwise; the fields are those of the greeting."""

    def __init__(self, at, **greeting):
        super().__init__(connect(at))
        self.number = 0
        try:
            self.greet(greeting)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def greet(self, greeting):
        self.send(protocol.greeting_frame(**greeting))
        kind, _, _, data = self.frame()
        if kind == protocol.REFUSE:
            raise Refused(data.decode(errors="replace"))
        if kind != protocol.WELCOME:
            raise Refused(f"a frame of kind {kind} instead of a welcome")
        self.welcome = Reader(data).decode("hello")

    @property
    def node(self):
        """The other side, as a cluster names it."""
        names = [x for x, _, _ in protocol.FIELDS["node_info"]]
        return protocol.make("node_info", **{x: self.welcome[x]
                                             for x in names})

    def post(self, kind, content=None, **fields):
        """Sends a request and does not wait; its number."""
        self.number += 1
        content = protocol.make(kind, **fields) if content is None else content
        self.send(protocol.control_frames(kind, content, self.number))
        return self.number

    def answer_to(self, number):
        while True:
            x = self.message()
            if not x.reply or x.number != number:
                continue
            if x.kind == "failure":
                raise Failure(x.content.why.text)
            return x.content

    def ask(self, kind, content=None, **fields):
        """Sends a request and waits for its answer."""
        try:
            return self.answer_to(self.post(kind, content, **fields))
        except TimeoutError as why:
            raise NoAnswer(f"no answer to '{kind}' within "
                           f"{self.socket.gettimeout():.0f} s") from why

    def tensor(self, kind, head, values, **fields):
        """Sends a tensor; `fields` are those of the message but its head."""
        content = protocol.make(kind, head=head, **fields)
        self.send(protocol.tensor_frames(kind, content, values))


# What happens to one who asks for too much.
TURNED_AWAY = (Failure, Refused, EOFError, ConnectionError, BrokenPipeError)


def is_refused(peer, kind, content=None, **fields):
    """Whether a request gets an error, or ends its connection."""
    try:
        peer.ask(kind, content, **fields)
        return False
    except TURNED_AWAY:
        return True


def status(address):
    """What a node says of itself."""
    with Peer(address, observer=1, name="looker") as peer:
        return peer.ask("fetch_status")
