"""A laboratory of real NFS on one machine: servers, and guests that mount them.

Everything runs in namespaces of its own (network, mounts, processes), as root,
so that no process, interface or mount survives it. A test is a script:

    from lab import main
    def test(lab):
        server = lab.ganesha()
        a, b = lab.guests("a", "b", server=server)
        a.check("echo hello > /mnt/nfs/hello")
    main(test)

The script's time limit, in its line "# test: timeout=SECONDS", ends it a little
earlier than ctest would, with what was seen. Where the lab cannot run, the test
is skipped (status 77), but fails where the environment says CI=true.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

from guest import HERE, Guest, LabError, wait_until
from servers import GRACE, LEASE, Ganesha, KernelServer

__all__ = ["GRACE", "LEASE", "Lab", "LabError", "expect", "main", "say",
           "wait_until"]
INSIDE = "GANGLION_NFS_LAB"  # set in the namespaces: the folder on a disk
DISKS = ("ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs")
TOOLS = ("unshare", "setpriv", "findmnt", "ip", "sysctl", "cc", "linux.uml",
         "ganesha.nfsd", "mount.nfs", "modprobe", "exportfs", "mkfs.ext4")
BEGIN = time.monotonic()


def say(text):
    print(f"{time.monotonic() - BEGIN:7.2f} s  {text}", flush=True)


def expect(condition, what):
    if not condition:
        raise LabError(f"FAILED: {what}")


class Lab:
    """What a test has: exists once, inside the namespaces."""

    def __init__(self, disk):
        self.disk = disk  # a folder on a disk's file system
        self.scratch = f"{disk}/scratch"  # in memory
        self.members = []  # guests and servers
        self.count = 0
        os.makedirs(self.scratch)
        os.makedirs("/lib/modules", exist_ok=True)  # where guests mount theirs
        call("mount", "-t", "tmpfs", "-o", "mode=700", "lab", self.scratch)
        call("ip", "link", "set", "lo", "up")
        call("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        call("cc", "-O2", "-shared", "-fPIC", "-o", f"{self.scratch}/xstate.so",
             f"{HERE}/xstate.c")

    def boot(self, name, memory="512M", disk=None):
        """A guest that boots while other things are done."""
        self.count += 1
        tap = f"tap{self.count}"
        call("ip", "tuntap", "add", "dev", tap, "mode", "tap")
        call("ip", "addr", "add", f"10.99.{self.count}.1/24", "dev", tap)
        call("ip", "link", "set", tap, "up")
        guest = Guest(name, self.count, self.scratch, memory, disk)
        self.members.append(guest)
        return guest

    def guests(self, *names, server=None, memory="512M"):
        """Guests that have booted and mounted the server's export."""
        guests = [self.boot(name, memory) for name in names]
        for guest in guests:
            guest.ready()
            if server:
                guest.mount(server)
        say(f"guests {', '.join(names)} are up")
        return guests

    def ganesha(self):
        """nfs-ganesha, started; it exports `folder`."""
        server = Ganesha(f"{self.disk}/export", self.scratch)
        self.members.append(server)
        return server.start()

    def kernel_server(self):
        """Linux's own server in a guest, started."""
        disk = KernelServer.make_disk(f"{self.disk}/image")
        return KernelServer(self.boot("server", disk=disk)).start()

    def report(self):
        return "\n".join(member.report() for member in self.members)


def call(*words):
    result = subprocess.run(words, capture_output=True, text=True)
    if result.returncode:
        raise LabError(f"{' '.join(words)}: {result.stderr.strip()}")
    return result.stdout.strip()


def disk_folder():
    """A folder that is on a disk, not in memory or in layers, or None."""
    root = os.path.dirname(os.path.dirname(HERE))
    for parent in (os.environ.get("GANGLION_NFS_DISK"),
                   os.environ.get("BUILD_DIR"), root, "/var/tmp", "/root"):
        if parent and os.path.isdir(parent) and os.access(parent, os.W_OK):
            if call("findmnt", "-n", "-o", "FSTYPE", "-T", parent) in DISKS:
                return tempfile.mkdtemp(prefix="nfs-lab-", dir=parent)
    return None


def obstacle():
    """Why the lab cannot run here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        return f"no {', '.join(missing)} here: run scripts/setup --tests"
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as error:
        return f"no virtual network interfaces: {error}"
    try:
        call("unshare", "-n", "-m", "-p", "--fork", "--mount-proc", "true")
    except LabError as error:
        return f"no namespaces: {error}"
    return None


def give_up(why):
    print(f"skipped: {why}")
    sys.exit(1 if os.environ.get("CI") == "true" else 77)


def outside():
    """Makes the folder and the namespaces, runs the script again in them."""
    why = obstacle()
    if why:
        give_up(why)
    folder = disk_folder()
    if not folder:
        give_up(f"no folder on {'/'.join(DISKS)}: set GANGLION_NFS_DISK to one")
    try:
        # Whoever kills this process kills everything.
        result = subprocess.run(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "-n", "-m", "-p",
             "--fork", "--kill-child", "--mount-proc", sys.executable, "-B",
             *sys.argv], env={**os.environ, INSIDE: folder})
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(result.returncode)


def time_limit():
    with open(sys.argv[0]) as file:
        found = re.search(r"^# test: .*timeout=(\d+)", file.read(), re.M)
    return int(found[1]) - 5 if found else 55


def inside(test, folder, limit):
    def too_late(*_):
        raise LabError("FAILED: the time limit is over")
    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(limit or time_limit())
    lab = Lab(folder)
    try:
        test(lab)
        say("passed")
        status = 0
    except (LabError, OSError, subprocess.SubprocessError) as error:
        signal.alarm(0)
        traceback.print_exc(file=sys.stdout)
        print(lab.report())
        say(str(error).splitlines()[0])
        status = 1
    sys.stdout.flush()
    os._exit(status)  # the last process in the namespace: all others end


def main(test, limit=None):
    """Runs it; `limit` in seconds, instead of what the script's line says."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    folder = os.environ.get(INSIDE)
    if folder:
        inside(test, folder, limit)
    outside()
