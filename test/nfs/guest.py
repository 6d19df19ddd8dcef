"""A guest: a Linux kernel that runs as an ordinary process (user-mode Linux).

It sees the host's files read-only under the same paths, so that the host's
programs run in it unchanged, and mounts NFS with the kernel's client. Commands
and their output travel over its console (init.sh), so they work while its
network is cut. A guest belongs to the lab that made it (lab.py).
"""
import base64
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MOUNT = "/mnt/nfs"
MOUNT_OPTIONS = "vers=4.2,proto=tcp,hard,timeo=20,lookupcache=positive"


class LabError(Exception):
    """What ends a test: something failed, or did not happen in time."""


class Job:
    """A command that runs in a guest. Its output, both streams, arrives line by
    line; `status` is None until it has ended, and where its guest died."""

    def __init__(self, guest, command):
        self.guest = guest
        self.command = command
        self.pid = None
        self.status = None
        self.lines = []

    @property
    def output(self):
        return "\n".join(self.lines)

    @property
    def ended(self):
        """Whether it is over, by itself or with its guest."""
        return self.status is not None or self.guest.dead

    def _await(self, done, what, timeout):
        with self.guest.changed:
            self.guest.changed.wait_for(lambda: done() or self.ended, timeout)
            if done():
                return
            how = (f"ended with {self.status}" if self.ended
                   else f"was not there within {timeout} s")
        raise LabError(f"{what} {how} in guest {self.guest.name}: "
                       f"{self.command}\n{self.output}")

    def wait(self, timeout=20):
        """Its status and output, once it has ended."""
        self._await(lambda: self.ended, "the end", timeout)
        return self.status, self.output

    def wait_for(self, pattern, timeout=20, count=1):
        """The match of a regular expression in a line of its output, or the
        one in the count-th line that has one."""
        expression = re.compile(pattern)
        found = []

        def look():
            found[:] = filter(None, map(expression.search, self.lines))
            return len(found) >= count
        self._await(look, f"{count} times '{pattern}'", timeout)
        return found[count - 1]

    def signal(self, number=signal.SIGKILL):
        """Sends a signal to the command and what it started."""
        self._await(lambda: self.pid, "its process", 20)
        self.guest.check(f"kill -{int(number)} -- -{self.pid}")


class Guest:
    """Boots at once; `ready()` waits for that. `number` makes its network."""

    def __init__(self, name, number, scratch, memory="512M", disk=None):
        self.name = name
        self.address = f"10.99.{number}.2"
        self.gateway = f"10.99.{number}.1"
        self.dead = False
        self.console = []
        self.jobs = []
        self.changed = threading.Condition()
        self._is_ready = False
        self.process = subprocess.Popen(
            ["linux.uml", f"mem={memory}", "root=/dev/root", "rootfstype=hostfs",
             "rootflags=/", "ro", f"init={HERE}/init.sh", "con=null",
             "con0=fd:0,fd:1", "con1=null", "quiet", f"umid={name}",
             f"uml_dir={scratch}", *([f"ubd0={disk}"] if disk else []),
             f"vec0:transport=tap,ifname=tap{number},depth=128,gro=1",
             f"NAME={name}", f"IP={self.address}", f"GW={self.gateway}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, "TMPDIR": scratch,
                 "LD_PRELOAD": f"{scratch}/xstate.so"})
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            text = line.decode(errors="replace").rstrip("\r\n")
            with self.changed:
                self._take(text)
                self.changed.notify_all()
        with self.changed:
            self.dead = True
            self.changed.notify_all()

    def _take(self, text):
        found = re.match(r"(\d+)([#:=])(.*)", text)
        if text == "ready":
            self._is_ready = True
            self.console.clear()  # it booted: nothing in there helps
        elif not found or int(found[1]) >= len(self.jobs):
            self.console.append(text)
        elif found[2] == "#":
            self.jobs[int(found[1])].pid = int(found[3])
        elif found[2] == ":":
            self.jobs[int(found[1])].lines.append(found[3])
        else:
            self.jobs[int(found[1])].status = int(found[3])

    def ready(self, timeout=30):
        with self.changed:
            self.changed.wait_for(lambda: self._is_ready or self.dead, timeout)
        if not self._is_ready or self.dead:
            raise LabError(f"guest {self.name} did not boot:\n"
                           + "\n".join(self.console[-40:]))
        return self

    def start(self, command):
        """Runs a bash command (or a list of words) beside everything else."""
        if not isinstance(command, str):
            command = shlex.join(map(str, command))
        self.ready()
        with self.changed:
            job = Job(self, command)
            self.jobs.append(job)
            words = base64.b64encode(command.encode()).decode()
            try:
                self.process.stdin.write(
                    f"{len(self.jobs) - 1} {words}\n".encode())
                self.process.stdin.flush()
            except OSError:
                self.dead = True
        return job

    def run(self, command, timeout=20):
        """Status and output of a command."""
        return self.start(command).wait(timeout)

    def check(self, command, timeout=20):
        """Output of a command that must succeed."""
        job = self.start(command)
        status, output = job.wait(timeout)
        if status != 0:
            raise LabError(f"status {status} in guest {self.name} of: "
                           f"{job.command}\n{output}")
        return output

    def python(self, code, *arguments):
        """Starts a Python program with the interpreter that runs the lab."""
        return self.start([sys.executable, "-u", "-c", code, *arguments])

    def mount(self, server, options=MOUNT_OPTIONS, at=MOUNT, timeout=30):
        host, port, path = server.endpoint(self)
        self.check(f"mkdir -p {at} && mount -t nfs -o {options},port={port} "
                   f"{host}:{path} {at}", timeout)
        return self

    def cut(self):
        """Takes its network away; commands still reach it."""
        self.check("ip link set vec0 down")

    def mend(self):
        self.check("ip link set vec0 up && "
                   f"ip route replace default via {self.gateway}")

    def kill(self):
        """SIGKILL of the whole guest, like pulling the plug of a server."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        with self.changed:
            self.dead = True
            self.changed.notify_all()

    def report(self):
        """What was seen of it, for the one who reads a failure."""
        lines = [f"--- guest {self.name}{' (dead)' if self.dead else ''}"]
        lines += self.console[-20:]
        for job in self.jobs:
            if job.status != 0 or job is self.jobs[-1]:
                lines.append(f"[{job.status}] {job.command[:400]}")
                lines += [f"    {x}" for x in job.lines[-20:]]
        return "\n".join(lines)


def wait_until(condition, what, timeout=20):
    """Polls; what happens in a server or a folder sends no event."""
    end = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise LabError(f"not within {timeout} s: {what}")
        time.sleep(0.05)
