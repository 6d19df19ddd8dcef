"""Messages that are nearly right: values of the grammar, some changed.

What is drawn follows from the random source alone, so that a seed tells a
session again. It knows no connections.
"""
import math
import struct

import protocol

EDGES = [0, 1, 2, 3, 7, 255, 256, 2**16 - 1, 2**20, 2**31 - 1, 2**31,
         2**32 - 1, 2**32, 2**48, 2**53, 2**62, 2**63 - 1, 2**63, 2**64 - 2,
         2**64 - 1]
FLOATS = [0.0, -0.0, 1.0, -1.0, 1e-45, 1e30, 3e38, -3e38, math.inf, -math.inf,
          math.nan]
TEXTS = ["", "a", "b", "z", "victim", "liar", "x" * 300, "../../etc", "\0",
         "\x1b[2J", "%s%n{}", "\udcff".encode("utf-8", "replace").decode()]


def leaves(kind, value):
    """All places of a value that can be changed: (container, key, type)."""
    result = []
    for name, of, _ in protocol.FIELDS.get(kind, []):
        result += places(value, name, of)
    return result


def places(container, key, kind):
    """The place itself, and those within it."""
    result = [(container, key, kind)]
    value = container[key]
    if kind in protocol.FIELDS:
        result = leaves(kind, value)
    elif kind.startswith("[") and isinstance(value, list):
        for i in range(min(len(value), 20)):
            result += places(value, i, kind[1:-1])
    return result


def copy_of(value):
    """Messages share parts: a change is for one of them."""
    if isinstance(value, dict):
        return type(value)({k: copy_of(x) for k, x in value.items()})
    return [copy_of(x) for x in value] if isinstance(value, list) else value

# Values of a tensor that is filled anew.
MOST_VALUES = 1 << 20


class Mutator:
    """Draws changes; `known` are numbers that mean something to the others."""

    def __init__(self, draw, known=()):
        self.draw = draw
        self.known = list(known)

    def changed(self, kind, value, most=3):
        """A copy with 1 to `most` changes, and what they are, in words."""
        value = copy_of(value)
        all_places = leaves(kind, value)
        said = []
        count = self.draw.randint(1, most) if all_places else 0
        for container, key, of in self.draw.choices(all_places, k=count):
            container[key] = self.other(of, container[key])
            said.append(f"{key}={str(container[key])[:60]}")
        return value, ", ".join(said)

    def other(self, kind, value):
        if kind == "tensor":
            return self.other_tensor(value)
        if kind.startswith("["):
            return self.other_list(kind, value)
        if kind == "text":
            return self.draw.choice(TEXTS)
        if kind == "bytes":
            return self.draw.choice([b"", value[:-1], value + b"x", value * 2,
                                     bytes(100_000)])
        if kind[0] == "f":
            return self.draw.choice(FLOATS)
        if kind == "i64":
            return self.draw.choice(EDGES) - 2**63
        near = [value + 1, value - 1, -value, value * 2, ~value]
        return self.draw.choice(self.draw.choice(
            [EDGES, near, self.known or near]))

    def other_list(self, kind, value):
        """Empty, shorter, longer, in another order; seldom very long."""
        some = list(value)
        one = some[-1:] or [protocol.default_of(kind[1:-1])]
        return self.draw.choice([
            [], some[:-1], some[1:], some + copy_of(one), some[::-1],
            some + copy_of(some), some + one * self.draw.choice([20, 3000])])

    def other_tensor(self, value):
        """Another shape with values that fit or do not, or other values."""
        rows, columns = value["rows"], value["columns"]
        # A shape that was changed before may stand for more than there is.
        if self.draw.random() < 0.3 and rows * columns <= MOST_VALUES:
            data = struct.pack("<f", self.draw.choice(FLOATS))
            return protocol.tensor(rows, columns, data * (rows * columns))
        rows = self.draw.choice([0, 1, rows - 1, rows + 1, 2 * rows, 1000])
        columns = self.draw.choice([0, 1, columns - 1, columns + 1, columns])
        rows, columns = max(rows, 0), max(columns, 0)
        if self.draw.random() < 0.7 and rows * columns <= MOST_VALUES:
            return protocol.tensor(rows, columns)
        return protocol.tensor(self.draw.choice([rows, *EDGES]), columns,
                               value["data"])
