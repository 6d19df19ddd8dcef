"""However many connect, a node needs few threads, and who computes on it is not
disturbed; who finds no room is told so."""
# test: timeout=100 sanitizers
import os
import resource
import socket
import struct
import subprocess
import threading

from program import PROGRAM, Node, Training, expect, expect_text, run, \
    wait_until

ATTEMPTS = 5000
FEW_FILES = ("bash", "-c", 'ulimit -n 1024; exec "$0" "$@"', PROGRAM)
REFUSE = 3
# Engine and observer, behind magic, version and type table.
OBSERVER = 12 + 21


def greeting():
    """What an engine says first: that of one who only looks, changed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        asking = subprocess.Popen(
            [PROGRAM, "status", "--nodes", f"127.0.0.1:{port}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        connection = server.accept()[0]
        with connection:
            prefix = connection.recv(12, socket.MSG_WAITALL)
            length, = struct.unpack("<I", prefix[:4])
            said = bytearray(prefix
                             + connection.recv(length, socket.MSG_WAITALL))
        asking.wait()
    expect(said[OBSERVER - 1] == 1 and said[OBSERVER] == 1, "an observer")
    said[OBSERVER] = 0
    return bytes(said)


def threads(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(x.split()[1]) for x in f if x.startswith("Threads"))


def files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Crowd:
    """Engines that connect, and stay where they are let in."""

    def __init__(self):
        self.hello = greeting()
        self.inside = []
        self.refusals = []

    def come(self, address):
        host, port = address.split(":")
        try:
            x = socket.create_connection((host, int(port)), timeout=20)
            x.sendall(self.hello)
            prefix = x.recv(12, socket.MSG_WAITALL)
        except OSError:
            return
        if len(prefix) == 12 and prefix[4] != REFUSE:
            self.inside.append(x)
            return
        if len(prefix) == 12:
            self.refusals.append(x.recv(4096).decode())
        x.close()

    def leave(self):
        for x in self.inside:
            x.close()
        self.inside = []


def goes_on(training, lines):
    before = len(lines)
    wait_until(lambda: len(lines) > before + 2, "three more epochs")
    expect(training.process.poll() is None, "the training goes on")


def count_lines(stream, lines):
    for _ in stream:
        lines.append(1)


most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
with Node("a", command=FEW_FILES) as a, Node("b") as b, \
     Training("--nodes", f"{a.address},{b.address}", "--by",
              "percentage=50,50") as t:
    t.wait_for_steps()
    lines = []
    threading.Thread(target=count_lines, args=(t.process.stderr, lines),
                     daemon=True).start()
    pid = a.process.pid
    before = threads(pid)
    crowd = Crowd()
    for _ in range(ATTEMPTS):
        crowd.come(a.address)
    expect(len(crowd.inside) > 500, f"{len(crowd.inside)} were let in")
    expect(crowd.refusals, "others were told why not")
    expect_text(r"takes no more: close some", crowd.refusals[-1])
    expect(threads(pid) <= before + 4,
           f"{before} threads became {threads(pid)}")
    goes_on(t, lines)
    crowd.leave()
    wait_until(lambda: files(pid) < 100, "sockets are closed with their peers")
    goes_on(t, lines)
    run("status", "--nodes", a.address)
