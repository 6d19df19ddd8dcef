"""A stranger's bytes never crash a node, fill its memory, or reach an actor."""
# test: timeout=60 sanitizers
import os
import random
import socket
import struct

from program import Node, expect, run

draw = random.Random(7)


def talk(address, data):
    """Sends bytes and reads until the node hangs up, or a second passes."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=5) as s:
        s.settimeout(1)
        try:
            s.sendall(data)
            while s.recv(65536):
                pass
        except OSError:
            pass


def frame(kind, payload, length=None, flags=1, stream=0):
    return struct.pack("<IBBHI", len(payload) if length is None else length,
                       kind, flags, 0, stream) + payload


def memory(pid):
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
    return 0


with Node("a") as a:
    before = memory(a.process.pid)
    talk(a.address, b"GET / HTTP/1.1\r\n\r\n")
    talk(a.address, frame(1, b"", length=0xFFFFFFFF))
    talk(a.address, frame(1, b"x" * 4000))
    for kind in range(0, 12):
        talk(a.address, frame(kind, os.urandom(64)))
    for kind in (5, 6, 7):  # tensors and requests before any greeting
        talk(a.address, frame(kind, b"\0" * 100) * 50)
    for _ in range(200):
        size = draw.randint(0, 3000)
        talk(a.address, bytes(draw.getrandbits(8) for _ in range(size))
             + b"\0")
    expect(a.process.poll() is None, "the node lives")
    grown = memory(a.process.pid) - before
    expect(grown < 64 << 20, f"memory grew by {grown} bytes")
    run("train", "--network", "mlp:4-8-3", "--data", "generate:60x4x3",
        "--batch", "10", "--epochs", "1", "--nodes", a.address)
