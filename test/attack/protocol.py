"""The bytes between Ganglion's programs: every fact that a message changes.

The tables below are what actors/wire.hpp, actors/frame.hpp and the message
headers of metadata/ say; when the protocol changes, only they do. A line is
"name type" or "name type = default"; a type is a number (u8 u16 u32 u64 i64
f32 f64 bool), text, bytes, tensor, [type] for a list, or a structure's name.
Numbers are big-endian, lengths in sevens of bits, a tensor's values and the
prefix of a frame little-endian. Nothing here checks what it writes: lies are
what this is for.
"""
import struct

# -- the tables -----------------------------------------------------------

# Kinds of frames, and the longest payload of one.
HELLO, WELCOME, REFUSE, HEARTBEAT, CONTROL, HEAD, DATA = range(1, 8)
LAST_FRAME = 1
MAX_PAYLOAD = 1 << 20
PREFIX = struct.Struct("<IBBHI")  # length, kind, flags, reserved, stream

TRAIN, INFER = range(2)
INPUT, DENSE, SPARSE = range(3)

STRUCTURES = {
    "range": "first u64, count u64",
    "arithmetic": "instruction_set text, library text, build text, trial text",
    "hello": "magic u64 = 0x4E4F494C474E4147, version u32 = 4, type_table u64,"
             "engine bool = 1, observer bool, name text = stranger,"
             "address text, incarnation u64, threads u32,"
             "arithmetic arithmetic",
    "envelope": "number u64, reply bool, kind u8",
    "heartbeat": "",
    "details": "text text, ranges [range], layers [text], nodes [text]",
    "node_info": "name text, address text, incarnation u64, threads u32 = 1",
    "cluster": "nodes [node_info]",
    "edge": "source u64, target u64",
    "wiring": "edges [edge], outputs [range]",
    "layer": "name text, kind u8 = 1, activation u8, neurons u64,"
             "values u32 = 1, block_size u64, inputs [u32]",
    "network": "wires [wiring], layers [layer]",
    "placed": "range range, layer u32, node u32",
    "placement": "nodes [text], ranges [placed]",
    "optimizer": "kind u8, learning_rate f32 = 0.1, momentum f32 = 0.9,"
                 "beta1 f32 = 0.9, beta2 f32 = 0.999, epsilon f32 = 1e-8,"
                 "weight_decay f32",
    "training": "seed u64 = 1, loss u8 = 1, optimizer optimizer",
    "header": "run u64, epoch u32 = 1, mode u8, step u64, sequence u64 = 1,"
              "micro_batch u32, micro_batches u32 = 1, batch u64 = 1,"
              "keep bool, watch [u32], ticks u32, tick u32, layer u32,"
              "range range",
    "tree_node": "first u64, last u64, part range",
    "slice": "run u64, step u64, range range, weights tensor, state [tensor]",
    "model": "path text, network_hash text",
    "commit": "fence u64 = 1, step u64",
    "shard": "name text, layer u32, range range, size u64, checksum u64",
    "traffic": "peer text, engine bool, sent u64, received u64",
    "load": "layer u32, groups u64, compute_ns u64, wait_ns u64, send_ns u64,"
            "arrive_ns u64",
    "progress": "step u64, loss f64, samples u64, samples_per_second f64",
    "deployment": "run u64, epoch u32, owner text, age f64, cluster cluster,"
                  "net network, where placement, step u64, steps u64,"
                  "training progress, layers [load], links [traffic]",
    "event": "what u8, track u32, layer u32, micro_batch u32, step u64,"
             "begin i64, end i64",
}

# Control messages: their order gives their numbers.
MESSAGES = {
    "failure": "code u8 = 1, why details",
    "loss_report": "head header, loss_sum f64, correct u64, samples u64",
    "flow_done": "head header, node u32",
    "run_failed": "run u64, why details",
    "deploy": "run u64, epoch u32 = 1, owner text = stranger, cluster cluster,"
              "net network, where placement, training training,"
              "group_size u64",
    "deployed": "node text, groups u64 = 1",
    "release": "run u64",
    "fetch": "run u64, step u64, range range",
    "parameter_slice": "run u64, step u64, range range, weights tensor,"
                       "state [tensor]",
    "store": "slice slice",
    "stored": "range range",
    "fetch_digests": "run u64, step u64, range range",
    "digests": "range range, weights bytes, state bytes",
    "fetch_traffic": "run u64",
    "traffic_report": "links [traffic]",
    "open_store": "run u64, model model, fence u64",
    "store_opened": "node text",
    "load_shards": "run u64, model model, commit commit, weights_only bool",
    "shards_loaded": "node text",
    "shards_written": "run u64, step u64, shards [shard], failure details",
    "fetch_status": "",
    "node_status": "node node_info, memory u64, up_since i64,"
                   "peers [node_info], deployments [deployment]",
    "fetch_trace": "what u8",
    "trace_report": "clock i64, step u64, tracks [text], events [event],"
                    "dropped u64",
    "prepare_move": "run u64, epoch u32 = 2, step u64, where placement,"
                    "training training",
    "move_prepared": "node text, groups u64 = 1",
    "settle_move": "run u64, epoch u32 = 2, take bool",
    "move_settled": "node text",
    "fetch_outputs": "run u64, step u64, range range",
    "output_slice": "range range, values tensor",
    "keep_step": "run u64, step u64",
    "step_kept": "node text",
}

# What carries a tensor: its head without rows, columns and values.
TENSORS = {
    "activation": "head header",
    "gradient": "head header, node tree_node",
    "targets": "head header",
    "outputs": "head header",
}

# What a node is asked, and what answers; a failure answers anything.
ANSWERS = {
    "deploy": "deployed", "release": "traffic_report",
    "fetch": "parameter_slice", "store": "stored",
    "fetch_digests": "digests", "fetch_traffic": "traffic_report",
    "open_store": "store_opened", "load_shards": "shards_loaded",
    "fetch_status": "node_status", "fetch_trace": "trace_report",
    "prepare_move": "move_prepared", "settle_move": "move_settled",
    "fetch_outputs": "output_slice", "keep_step": "step_kept",
}

# -- what follows from them -----------------------------------------------

NUMBERS = {"u8": ">B", "bool": ">B", "u16": ">H", "u32": ">I", "u64": ">Q",
           "i64": ">q", "f32": ">f", "f64": ">d"}


class Record(dict):
    """A structure's fields, to be read as attributes, too."""

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
