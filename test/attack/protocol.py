"""The bytes between Ganglion's programs, after the tables of tables.py.

Numbers are big-endian, lengths in sevens of bits, a tensor's values and the
prefix of a frame little-endian. Nothing here checks what it writes: lies are
what this is for.
"""
import struct

from tables import (ACTIVATIONS, ANSWERS, CONTROL, DATA,  # noqa: F401
                    DENSE, HEAD, HEARTBEAT, HELLO, INFER, INPUT, LAST_FRAME,
                    LAYERS, MAX_PAYLOAD, MESSAGES, PREFIX, REFUSE, SPARSE,
                    STATE_ARRAYS, STRUCTURES, TENSORS, TRAIN, WELCOME)

NUMBERS = {"u8": ">B", "bool": ">B", "u16": ">H", "u32": ">I", "u64": ">Q",
           "i64": ">q", "f32": ">f", "f64": ">d"}


class Record(dict):
    """A structure's fields, to be read as attributes, too (x["values"] where
    a dictionary has a method of the name)."""

    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


def parse(line):
    """The fields of a line of the tables: (name, type, default)."""
    result = []
    for part in line.split(","):
        if part.strip():
            declared, _, default = part.partition("=")
            name, kind = declared.split()
            result.append((name, kind, default.strip()))
    return result


FIELDS = {name: parse(line)
          for table in (STRUCTURES, MESSAGES, TENSORS)
          for name, line in table.items()}
KINDS = list(MESSAGES)
CARRIERS = list(TENSORS)


def default_of(kind, text=""):
    """What a field is that nobody has set."""
    if kind in FIELDS:
        return make(kind)
    if kind == "tensor":
        return tensor(0, 0)
    if kind.startswith("["):
        return []
    if kind in ("text", "bytes"):
        return text.encode() if kind == "bytes" else text
    return float(text or 0) if kind[0] == "f" else int(text or "0", 0)


def make(kind, /, **values):
    """A structure of this kind, fields by name; the others are as usual."""
    names = [name for name, _, _ in FIELDS[kind]]
    unknown = set(values) - set(names)
    if unknown:
        raise TypeError(f"no {unknown} in '{kind}', only {names}")
    return Record({name: values.get(name, default_of(of, text))
                   for name, of, text in FIELDS[kind]})


def tensor(rows, columns, data=None):
    """Values may be fewer or more than the shape says."""
    if data is None:
        data = bytes(4 * rows * columns)
    return Record(rows=rows, columns=columns, data=data)


def filled(rows, columns, value=0.5):
    return tensor(rows, columns, struct.pack("<f", value) * (rows * columns))


def length(count):
    """A length, seven bits at a time."""
    result = b""
    while count > 0x7F:
        result += bytes([count & 0x7F | 0x80])
        count >>= 7
    return result + bytes([count])


def encode(kind, value):
    """The bytes of a value."""
    if kind in FIELDS:
        return b"".join(encode(of, value[name])
                        for name, of, _ in FIELDS[kind])
    if kind.startswith("["):
        if isinstance(value, Raw):
            return value
        return length(len(value)) + b"".join(
            encode(kind[1:-1], x) for x in value)
    if kind == "tensor":
        return (encode("u64", value["rows"]) + encode("u64", value["columns"])
                + value["data"])
    if kind in ("text", "bytes"):
        value = value.encode() if isinstance(value, str) else value
        return length(len(value)) + value
    if kind[0] in "ub":
        value = int(value) % (1 << 8 * struct.calcsize(NUMBERS[kind]))
    return struct.pack(NUMBERS[kind], value)


class Raw(bytes):
    """The bytes of a list, its length included, as they are to be sent."""


class Reader:
    """Takes values off a message, as far as it goes."""

    def __init__(self, data):
        self.data = memoryview(data)

    def take(self, size):
        if size > len(self.data):
            raise ValueError(f"{size} bytes wanted, {len(self.data)} left")
        result, self.data = bytes(self.data[:size]), self.data[size:]
        return result

    def expect_end(self, what):
        """The tables know all there is."""
        if self.data:
            raise ValueError(f"{len(self.data)} bytes behind '{what}': are "
                             "the tables of this protocol?")

    def number(self, code):
        return struct.unpack(code, self.take(struct.calcsize(code)))[0]

    def length(self):
        result = shift = 0
        while True:
            byte = self.number(">B")
            result |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return result

    def decode(self, kind):
        if kind in FIELDS:
            return Record({name: self.decode(of)
                           for name, of, _ in FIELDS[kind]})
        if kind.startswith("["):
            return [self.decode(kind[1:-1]) for _ in range(self.length())]
        if kind == "tensor":
            rows, columns = self.number(">Q"), self.number(">Q")
            return tensor(rows, columns, self.take(4 * rows * columns))
        if kind in ("text", "bytes"):
            data = self.take(self.length())
            return data if kind == "bytes" else data.decode(errors="replace")
        return self.number(NUMBERS[kind])


def type_table():
    """The hash over all that may cross, by which releases know each other."""
    result = 0xCBF29CE484222325
    for name in KINDS + CARRIERS:
        for byte in name.encode():
            result = (result ^ byte) * 0x100000001B3 % (1 << 64)
    return result


def hello(**values):
    """A greeting; of an engine, unless `engine` says otherwise."""
    return make("hello", **{"type_table": type_table(), **values})


# -- frames ---------------------------------------------------------------

def frame(kind, payload=b"", flags=LAST_FRAME, stream=0, size=None):
    """One frame; `size` is what it claims of its payload's length."""
    size = len(payload) if size is None else size
    return PREFIX.pack(size, kind, flags, 0, stream) + payload


def in_frames(kind, data, stream):
    """As many frames as data need."""
    result = []
    for begin in range(0, max(len(data), 1), MAX_PAYLOAD):
        end = begin + MAX_PAYLOAD
        result.append(frame(kind, data[begin:end],
                            LAST_FRAME if end >= len(data) else 0, stream))
    return b"".join(result)


def greeting_frame(**values):
    return frame(HELLO, encode("hello", hello(**values)))


def control_frames(kind, content, number=0, reply=False):
    """A control message, of a `kind` and its content."""
    envelope = make("envelope", number=number, reply=reply,
                    kind=KINDS.index(kind))
    return in_frames(CONTROL, encode("envelope", envelope)
                     + encode(kind, content), stream=7)


def head_frame(kind, content, rows, columns, stream):
    """Announces a tensor."""
    data = encode("u8", CARRIERS.index(kind)) + encode(kind, content)
    return frame(HEAD, data + encode("u64", rows) + encode("u64", columns),
                 stream=stream)


def tensor_frames(kind, content, values, stream=99):
    """A tensor with its values."""
    return (head_frame(kind, content, values.rows, values.columns, stream)
            + in_frames(DATA, values.data, stream))
