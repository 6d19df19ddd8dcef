"""A network that is away for a moment costs a run nothing; one that stays away
ends it, and the error names the node. Hosts are network namespaces, as root."""
# test: timeout=120 alone
import os
import shutil
import subprocess
import sys
import threading
import time

from program import PROGRAM, expect, expect_text, wait_until

PREFIX = f"ganglion-cut-{os.getpid()}"
HOSTS = {"a": "10.171.48.1", "b": "10.171.48.2"}
# For a busy machine.
SLACK = 5


def cannot(why):
    print(f"no network namespaces here: {why}")
    sys.exit(1 if os.environ.get("CI") == "true" else 77)


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


def make_hosts():
    """One bridge, and a cable to each host."""
    ip("netns", "add", PREFIX)
    ip("-n", PREFIX, "link", "add", "switch", "type", "bridge")
    ip("-n", PREFIX, "link", "set", "switch", "up")
    for name, address in HOSTS.items():
        host = f"{PREFIX}-{name}"
        ip("netns", "add", host)
        ip("-n", PREFIX, "link", "add", f"to-{name}", "type", "veth", "peer",
           "name", "eth0", "netns", host)
        ip("-n", PREFIX, "link", "set", f"to-{name}", "master", "switch", "up")
        ip("-n", host, "addr", "add", f"{address}/24", "dev", "eth0")
        ip("-n", host, "link", "set", "lo", "up")
        ip("-n", host, "link", "set", "eth0", "up")


def remove_hosts():
    for name in (*(f"{PREFIX}-{x}" for x in HOSTS), PREFIX):
        if os.path.exists(f"/run/netns/{name}"):
            ip("netns", "del", name)


def cut():
    """In the middle: neither host loses its carrier."""
    ip("-n", PREFIX, "link", "set", "to-b", "nomaster")


def mend():
    ip("-n", PREFIX, "link", "set", "to-b", "master", "switch")


class Process:
    """Runs the program on a host, and keeps its lines as they come."""

    def __init__(self, host, *arguments):
        self.lines = []
        self.process = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{PREFIX}-{host}", PROGRAM,
             *arguments], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()

    def wait_for(self, text, count=1):
        before = len(self.lines)
        wait_until(lambda: sum(text in x for x in self.lines[before:]) >= count
                   or self.process.poll() is not None,
                   f"'{text}' {count} times")
        expect(self.process.poll() is None,
               f"it goes on:\n{''.join(self.lines[-5:])}")

    def goes_on_for(self, seconds):
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return
        sys.exit(f"FAILED: it ended:\n{''.join(self.lines[-5:])}")


def node(name, port, *options):
    result = Process(name, "node", "--name", name, "--listen",
                     f"{HOSTS[name]}:{port}", "--insecure", "--threads", "1",
                     *options)
    wait_until(lambda: any("listens at" in x for x in result.lines),
               f"node '{name}' listens")
    return result


def training(port, network, *options):
    return Process("a", "train", "--network", network, "--data",
                   "generate:2000x20x10", "--epochs", "1000000", "--nodes",
                   ",".join(f"{x}:{port}" for x in HOSTS.values()), "--by",
                   "percentage=50,50", *options)


def survives_a_cut(port, network):
    """Of four seconds, with nothing configured."""
    with node("a", port), node("b", port), training(port, network) as t:
        t.wait_for("step", 3)
        cut()
        t.goes_on_for(2)
        lines = len(t.lines)
        t.goes_on_for(2)
        expect(len(t.lines) == lines, "nothing crosses a cable that is cut")
        mend()
        t.wait_for("step", 3)


def ends_when_cut(port):
    limit = 3
    options = ("--peer-timeout", str(limit))
    with node("a", port, *options), node("b", port, *options), \
         training(port, "mlp:20-64-32-10", *options) as t:
        t.wait_for("step", 3)
        cut()
        begin = time.monotonic()
        try:
            status = t.process.wait(timeout=limit + 2 + SLACK)
        except subprocess.TimeoutExpired:
            sys.exit("FAILED: the run goes on without one of its nodes")
        print(f"ended {time.monotonic() - begin:.1f} s after the cut")
        t.reader.join()
        expect(status == 1, f"status 1, not {status}")
        expect_text("node 'b'", "".join(t.lines))
        mend()


if os.geteuid() != 0:
    cannot("they need root")
for tool in ("ip", "nsenter"):
    if not shutil.which(tool):
        cannot(f"no program '{tool}'")
try:
    try:
        make_hosts()
    except subprocess.CalledProcessError as err:
        cannot(err)
    survives_a_cut(4701, "mlp:20-64-32-10")
    survives_a_cut(4702, "mlp:20-1024-1024-10")
    ends_when_cut(4703)
finally:
    remove_hosts()
