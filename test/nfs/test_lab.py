# test: timeout=150 alone
"""The NFS laboratory itself: what guests write, link and lock is real."""
from lab import LEASE, expect, main, say

WRITE_AND_LOCK = """
import fcntl, sys, time
file = open("/mnt/nfs/lock", "r+b", buffering=0)
try:
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    sys.exit("busy")
print("locked")
if len(sys.argv) > 1:
    time.sleep(1000)
"""
LINK = """
import os, sys
for i in range(200):
    try:
        os.link("/mnt/nfs/mine." + sys.argv[1], f"/mnt/nfs/won.{i}")
        print(i)
    except FileExistsError:
        pass
"""


def one_writes_and_the_other_reads(a, b):
    a.check("head -c 3000000 /dev/urandom > /mnt/nfs/data && sync /mnt/nfs/data")
    digests = [x.check("sha256sum /mnt/nfs/data") for x in (a, b)]
    expect(digests[0] == digests[1], f"the same data: {digests}")
    say("data written in a is read in b")


def a_link_has_one_winner(a, b):
    for guest in (a, b):
        guest.check("echo $NAME > /mnt/nfs/mine.$NAME")
    jobs = [x.python(LINK, x.name) for x in (a, b)]
    won = [set(job.wait(60)[1].split()) for job in jobs]
    expect(not won[0] & won[1] and len(won[0] | won[1]) == 200,
           f"one winner for each name: {won}")
    say(f"200 links: a won {len(won[0])}, b won {len(won[1])}")


def a_lock_is_seen_and_dies_with_its_guest(a, b):
    a.check("touch /mnt/nfs/lock")
    a.python(WRITE_AND_LOCK, "stay").wait_for("locked")
    expect(b.python(WRITE_AND_LOCK).wait()[1] == "busy", "a's lock binds b")
    a.kill()
    say("guest a was killed")
    b.check("until flock -n /mnt/nfs/lock true; do sleep 0.5; done", 3 * LEASE)
    say("its lock is free")


def the_server_returns_after_a_crash(server, b):
    b.check("echo before > /mnt/nfs/crash && sync /mnt/nfs/crash")
    server.kill()
    job = b.start("echo after >> /mnt/nfs/crash && sync && cat /mnt/nfs/crash")
    server.start()
    expect(job.wait(60)[1] == "before\nafter", "what was written in a crash")
    say("a write survived a restart of the server")


def test(lab):
    server = lab.ganesha()
    a, b = lab.guests("a", "b", server=server)
    one_writes_and_the_other_reads(a, b)
    a_link_has_one_winner(a, b)
    b.cut()
    expect(b.run(f"timeout 2 bash -c '</dev/tcp/{a.gateway}/{server.port}'")[0],
           "a guest that is cut off reaches nothing")
    b.mend()
    b.check("ls /mnt/nfs")
    a_lock_is_seen_and_dies_with_its_guest(a, b)
    the_server_returns_after_a_crash(server, b)


main(test)
