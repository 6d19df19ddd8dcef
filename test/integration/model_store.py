# test: sanitizers
"""A reader of models that shares no code with the program, written from
docs/MODEL_STORE.md with the standard library: the numbers that write_model
writes come back. Checksums are verified where python3-xxhash is there."""
import array
import hashlib
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import xxhash
except ImportError:
    xxhash = None


def expect(condition, message):
    if not condition:
        sys.exit(message)


def check_sum(data, wanted, what):
    if xxhash:
        expect(xxhash.xxh3_64_intdigest(data) == wanted, f"checksum of {what}")


class Archive:
    """The text between the first and the last line of a text file. `U64` and
    the like are fields; a class is a list of fields, a list a vector."""

    def __init__(self, path, kind):
        data = path.read_bytes()
        body, last = data[:-22], data[-22:].decode()
        expect(last[:5] == "xxh3 " and last[-1] == "\n", f"last line of {path}")
        check_sum(body, int(last[5:21], 16), path)
        first, self.rest = body.split(b"\n", 1)
        version = 3 if kind == "manifest" else 1
        expect(first.decode() == f"ganglion-{kind} {version}",
               f"first line of {path}")
        expect(self.text() == "serialization::archive", f"archive in {path}")
        self.number()  # of Boost's format
        self.seen = set()

    def token(self):
        found, _, self.rest = self.rest.lstrip(b" \n").partition(b" ")
        return found.decode().strip()

    def number(self):
        return int(self.token())

    def text(self):
        size = self.number()
        found, self.rest = self.rest[:size], self.rest[size + 1:]
        return found.decode()

    def object_info(self, kind):
        if kind not in self.seen:
            self.seen.add(kind)
            expect([self.number(), self.number()]
                   == [0, VERSIONS.get(kind, 0)], f"info of {kind}")

    def read(self, kind):
        if kind is int:
            return self.number()
        if kind is float:
            return float(self.token())
        if kind is str:
            return self.text()
        if isinstance(kind, list):  # a vector
            if kind[0] is not int:
                self.object_info(f"vector of {kind[0]}")
            count, _version = self.number(), self.number()
            return [self.read(kind[0]) for _ in range(count)]
        self.object_info(kind)
        return {name: self.read(of) for name, of in CLASSES[kind].items()}


CLASSES = {
    "commit_id": {"fence": int, "step": int},
    "neuron_range": {"first": int, "count": int},
    "network": {"layers": ["layer"]},
    "layer": {"name": str, "kind": int, "activation": int, "neurons": int,
              "values": int, "block_size": int, "inputs": [int]},
    "placement": {"nodes": [str], "ranges": ["placed_range"]},
    "placed_range": {"range": "neuron_range", "layer": int, "node": int},
    "base_record": {"fence": int, "base": "commit_id"},
    "writer_identity": {"host": str, "process": int, "what": str, "node": str,
                        "incarnation": int},
    "lease_record": {"fence": int, "writer": "writer_identity", "time": int},
    "shard_entry": {"name": str, "layer": int, "range": "neuron_range",
                    "size": int, "checksum": int},
    "training_cursor": {"steps": int, "epoch": int, "samples": int,
                        "seed": int, "batch": int, "micro_batches": int,
                        "data_name": str, "data_fingerprint": str},
    "optimizer_options": {"kind": int, "learning_rate": float,
                          "momentum": float, "beta1": float, "beta2": float,
                          "epsilon": float, "weight_decay": float,
                          "decay_biases": int, "clip_norm": float},
    "rate_schedule": {"kind": int, "begin": int, "warmup": int, "length": int,
                      "every": int, "factor": float},
    "training_options": {"seed": int, "loss": int,
                         "optimizer": "optimizer_options",
                         "schedule": "rate_schedule"},
    "manifest": {"id": "commit_id", "base": "commit_id", "network_hash": str,
                 "placement_hash": str, "shards": ["shard_entry"],
                 "cursor": "training_cursor", "options": "training_options",
                 "loss": str, "time": int, "writer": "writer_identity",
                 "validation": str, "arithmetic": int},
}

# Of the classes that have grown.
VERSIONS = {"optimizer_options": 1, "training_options": 1, "manifest": 2}


def read_text(path, kind, of):
    return Archive(path, kind).read(of)


def newest_commit(model):
    """The highest commit, which counts where no writer was taken over."""
    names = [x.name for x in (model / "manifests").iterdir()
             if not x.name.endswith(".new")]
    return max(names, key=lambda x: tuple(map(int, x.split("-"))))


def read_shard(model, entry, network_hash):
    """[array][neuron][column]"""
    data = (model / "shards" / entry["name"]).read_bytes()
    expect(len(data) == entry["size"], "size of a shard")
    head = data[:4096]
    magic, version, arrays, network, layer, first, count, columns, chunk \
        = struct.unpack_from("<8sII32sI4xQQQQ", head)
    expect(magic == b"GANGSHRD" and version == 1, "start of a shard")
    expect(network.hex() == network_hash, "network of a shard")
    expect((layer, first, count) == (entry["layer"], entry["range"]["first"],
                                     entry["range"]["count"]), "a shard")
    check_sum(head[:4088], struct.unpack_from("<Q", head, 4088)[0], "header")
    size = 4 * arrays * count * columns
    values, trailer = data[4096:4096 + size], data[4096 + size:]
    chunks = -(-size // chunk)
    *table, total = struct.unpack(f"<{chunks + 1}Q", trailer)
    expect(total == entry["checksum"], "checksum in the manifest")
    check_sum(head + trailer[:-8], total, "header and table")
    for i, wanted in enumerate(table):
        check_sum(values[i * chunk:(i + 1) * chunk], wanted, f"chunk {i}")
    floats = array.array("f", values)
    if sys.byteorder == "big":
        floats.byteswap()
    return [[floats[(k * count + i) * columns:(k * count + i + 1) * columns]
             for i in range(count)] for k in range(arrays)]


ACTIVATIONS = ["identity", "relu", "sigmoid", "tanh", "gelu"]


def network_hash(net):
    """The canonical text form, a line per layer."""
    lines = "".join(
        f"{x['name']} {['input', 'dense'][x['kind']]} "
        f"{ACTIVATIONS[x['activation']]} {x['neurons']} {x['values']} "
        f"{x['block_size']} {','.join(map(str, x['inputs']))}\n"
        for x in net["layers"])
    return hashlib.sha256(lines.encode()).hexdigest()


def placement_hash(where):
    lines = "".join(f"node {len(x.encode())} {x}\n" for x in where["nodes"])
    lines += "".join(
        f"range {x['range']['first']} {x['range']['count']} {x['layer']} "
        f"{x['node']}\n" for x in where["ranges"])
    return hashlib.sha256(lines.encode()).hexdigest()


def check_commit(model, name, step):
    what = read_text(model / "manifests" / name, "manifest", "manifest")
    net = read_text(model / "network", "network", "network")
    expect(what["id"] == {"fence": 1, "step": step}, "id")
    expect(what["network_hash"] == network_hash(net), "hash of the network")
    where = read_text(model / "placements" / what["placement_hash"],
                      "placement", "placement")
    expect(what["placement_hash"] == placement_hash(where), "placement's hash")
    expect(where["nodes"] == ["alpha", "beta"], "nodes")
    expect(what["cursor"]["data_name"] == "known values", "data")
    expect(what["cursor"]["samples"] == 32 * step, "cursor")
    expect(what["options"]["optimizer"]["learning_rate"] == 0.25, "options")
    expect(float(what["loss"]) == 1 / step, "loss")
    expect(what["writer"]["what"] == "write_model", "writer")
    neurons = []
    for entry in what["shards"]:
        first = entry["range"]["first"]
        for k, rows in enumerate(read_shard(model, entry,
                                            what["network_hash"])):
            for i, row in enumerate(rows):
                if k == 0:
                    neurons.append(first + i)
                expect(len(row) == (4 if first + i < 303 else 301), "columns")
                for j, x in enumerate(row):
                    wanted = (step + k / 4 + (first + i) / 1024 + j / 65536)
                    expect(abs(x - wanted) < 1e-5,
                           f"neuron {first + i}, column {j}: {x}")
    expect(neurons == list(range(3, 305)), "every neuron is there once")


def main():
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        subprocess.run([os.environ["WRITE_MODEL"], str(model)], check=True)
        lease = read_text(model / "leases" / "000001", "lease", "lease_record")
        expect(lease["writer"]["process"] == 1234, "lease")
        base = read_text(model / "leases" / "000001.base", "base",
                         "base_record")
        expect(base == {"fence": 1, "base": {"fence": 0, "step": 0}}, "base")
        newest = newest_commit(model)
        expect(newest == "000001-000000000020", "newest commit")
        check_commit(model, newest, 20)
        check_commit(model, "000001-000000000010", 10)
        # The checksums are worth something.
        if xxhash:
            path = model / "manifests" / newest
            path.write_bytes(path.read_bytes().replace(b"alpha", b"gamma"))
            try:
                read_text(path, "manifest", "manifest")
            except SystemExit:
                return
            sys.exit("a changed manifest was not noticed")


main()
print("read a model independently" + ("" if xxhash else ", no checksums"))
