"""The NFS servers of the lab: nfs-ganesha, a program of the host, and Linux's
own in a guest. Both export a folder by NFSv4 alone, with a lease of ten seconds.

Ganesha can be killed and restarted, and then lets clients reclaim what they
had; the kernel's grants delegations, which ganesha does not.
"""
import os
import re
import signal
import socket
import subprocess

from guest import LabError, wait_until

LEASE = 10  # seconds: how long a server waits for a silent client
GRACE = 12  # seconds after a restart in which only old locks are granted

HARMLESS = "(?i)dbus|krb5|kerberos|gssd|principal|Cannot register"

GANESHA = """
NFS_CORE_PARAM {{ Protocols = 4; NFS_Port = {port}; Enable_NLM = false;
  Enable_RQUOTA = false; Enable_UDP = false; }}
NFSV4 {{ Graceless = false; Lease_Lifetime = {lease}; Grace_Period = {grace};
  Minor_Versions = 0,1,2; RecoveryBackend = fs; RecoveryRoot = {state};
  Only_Numeric_Owners = true; }}
EXPORT {{ Export_Id = 1; Path = {folder}; Pseudo = /export; Protocols = 4;
  Transports = TCP; Access_Type = RW; Squash = No_Root_Squash; SecType = sys;
  PrivilegedPort = false; FSAL {{ Name = VFS; }} }}
"""


class Ganesha:
    """Exports `folder`, which must be on a disk's file system."""

    port = 20490

    def __init__(self, folder, scratch):
        self.folder = folder
        self.process = None
        self.config = f"{scratch}/ganesha.conf"
        self.log = f"{scratch}/ganesha.log"
        self.pidfile = f"{scratch}/ganesha.pid"
        state = f"{scratch}/ganesha.state"
        for path in (folder, state):
            os.makedirs(path, exist_ok=True)
        with open(self.config, "w") as file:
            file.write(GANESHA.format(port=self.port, lease=LEASE, grace=GRACE,
                                      state=state, folder=folder))

    def endpoint(self, guest):
        return guest.gateway, self.port, "/export"

    def start(self):
        self.process = subprocess.Popen(
            ["ganesha.nfsd", "-F", "-f", self.config, "-L", self.log,
             "-p", self.pidfile], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        wait_until(self._answers, "ganesha listens")
        return self

    def _answers(self):
        if self.process.poll() is not None:
            raise LabError(f"ganesha ended with {self.process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def kill(self, number=signal.SIGKILL):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                raise LabError(f"ganesha does not end on {number}") from None

    def stop(self):
        self.kill(signal.SIGTERM)

    def restart(self):
        """As after a crash: clients reclaim what they held."""
        self.kill()
        return self.start()

    def report(self):
        try:
            with open(self.log, errors="replace") as file:
                lines = [x.split(" : ", 3)[-1] for x in file
                         if not re.search(HARMLESS, x)]
        except OSError:
            lines = []
        return "--- ganesha\n" + "".join(lines[-20:])


class KernelServer:
    """Linux's own server, in a guest, with a disk of its own in a file."""

    def __init__(self, guest):
        self.guest = guest

    @staticmethod
    def make_disk(path, size="2G"):
        subprocess.run(["truncate", "-s", size, path], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-F", path], check=True)
        return path

    def endpoint(self, _):
        return self.guest.address, 2049, "/"

    def start(self):
        self.guest.check(f"""set -e
          modprobe nfsd
          mkdir -p /mnt/disk /run/nfs/v4recovery /run/nfs/rpc_pipefs
          mount /dev/ubda /mnt/disk
          mount --bind /run/nfs /var/lib/nfs
          touch /var/lib/nfs/etab /var/lib/nfs/rmtab
          mount -t nfsd nfsd /proc/fs/nfsd
          echo {LEASE} >/proc/fs/nfsd/nfsv4leasetime
          echo {LEASE} >/proc/fs/nfsd/nfsv4gracetime
          exportfs -i -o rw,no_root_squash,insecure,sync,fsid=0,\
no_subtree_check '*:/mnt/disk'
          rpc.mountd --no-nfs-version 3
          rpc.nfsd --no-udp --no-nfs-version 3 8 2>&1""", 30)
        return self
