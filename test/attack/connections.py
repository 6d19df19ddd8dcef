"""Connections, however many and however slow, leave nothing behind."""
# test: timeout=300
import contextlib
import resource
import socket
import time

import protocol
from networks import Deployed
from peer import TURNED_AWAY, Peer, connect
from victims import (FULL, MIB, SLOW, Going, Victim, case, expect,
                     expect_training, main, three_nodes, train, wait_until)

# Ours, not the nodes': enough for all that we hold open.
_, MOST_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)


@contextlib.contextmanager
def held(addresses, first_bytes=b""):
    """Connections that stay open, and what each says at once."""
    with contextlib.ExitStack() as stack:
        result = []
        for address in addresses:
            with contextlib.suppress(OSError):
                s = stack.enter_context(connect(address))
                s.sendall(first_bytes)
                result.append(s)
        yield result


def same_as(node, before, after, limit=20):
    """Threads and descriptors are as many as they were."""
    def now():
        return node.threads(), node.descriptors()
    try:
        wait_until(lambda: all(x <= y + 2 for x, y in zip(now(), before)), "",
                   limit * SLOW)
    except SystemExit:
        expect(False, f"threads and descriptors after {after}: {now()}, as "
               f"there were before: {before}")


@case
def connections_leave_nothing():
    """Connections that are closed at once, 20,000 of them."""
    count = 50_000 if FULL else 20_000
    with Victim() as node:
        for _ in range(2000):
            connect(node.address).close()
        wait_until(node.answers, "the node answers")
        time.sleep(1)
        before = node.threads(), node.descriptors()
        memory = node.memory()
        for _ in range(count):
            connect(node.address).close()
        same_as(node, before, f"{count} connections")
        grown = node.memory() - memory
        expect(grown < count * 150, f"{count} connections left {grown} bytes, "
               f"{grown // count} each")


@case
def greetings_leave_nothing():
    """Engines that greet and leave, 1000 of them."""
    with Victim() as node:
        for _ in range(200):
            node.peer().close()
        same_as(node, (node.threads(), node.descriptors()), "greetings")
        before = node.threads(), node.descriptors()
        memory = node.memory()
        for _ in range(1000):
            node.peer().close()
        same_as(node, before, "1000 engines")
        grown = node.memory() - memory
        expect(grown < 4 * MIB, f"1000 engines left {grown} bytes")


@case
def slow_greetings_lock_nobody_out():
    """64 connections that send a byte a second, and one that means it."""
    with Victim() as node:
        greeting = protocol.frame(protocol.HELLO, bytes(4000))
        with held([node.address] * 64) as sockets:
            end = time.monotonic() + 15
            for byte in greeting:
                if time.monotonic() > end:
                    break
                for s in sockets:
                    with contextlib.suppress(OSError):
                        s.sendall(bytes([byte]))
                time.sleep(1)
            expect_training([node], "64 slow greetings")


@case
def silent_connections_lock_nobody_out():
    """A hundred that connect and say nothing; an engine gets in in time."""
    with Victim() as node, held([node.address] * 100):
        wait_until(node.takes_work, "an engine gets in beside silent ones",
                   20 * SLOW)


@case
def engines_that_stay():
    """500 engines that greet and stay: few threads, and work goes on."""
    with three_nodes() as nodes, contextlib.ExitStack() as stack:
        begun = stack.enter_context(train(nodes, "--by", "percentage=50,30,20",
                                          "--epochs", "1000000"))
        going = Going(nodes, begun)
        wait_until(lambda: going.steps() > 2, "a training begins", 30 * SLOW)
        for i in range(500):
            with contextlib.suppress(*TURNED_AWAY, OSError):
                peer = stack.enter_context(Peer(nodes[0].address,
                                                name=f"e{i}"))
                peer.keep_beating()
        threads = nodes[0].threads()
        expect(threads < 50, f"{threads} threads for 500 engines")
        going.expect_progress("500 engines that stay")
        begun.process.terminate()
        begun.end("a training that was told to stop")
        expect_training(nodes[:1], "500 engines that stay")


@case
def observers_that_stay():
    """200 that look and stay: another one sees, and work goes on."""
    with Victim() as node, contextlib.ExitStack() as stack:
        for i in range(200):
            with contextlib.suppress(*TURNED_AWAY, OSError):
                peer = stack.enter_context(node.peer(observer=1,
                                                     name=f"o{i}"))
                peer.keep_beating()
        expect(node.threads() < 50, f"{node.threads()} threads for 200 "
               "observers")
        wait_until(node.takes_work, "an engine gets in beside observers")


@case
def few_descriptors(first_bytes=b""):
    """2000 connections at a limit of 1024: what runs goes on."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, MOST_FILES),
                                                MOST_FILES))
    with three_nodes() as nodes:
        for x in nodes:
            resource.prlimit(x.pid, resource.RLIMIT_NOFILE, (1024, 1024))
        with train(nodes, "--by", "percentage=50,30,20", "--epochs",
                   "1000000") as command:
            going = Going(nodes, command)
            wait_until(lambda: going.steps() > 2, "a training begins")
            before = nodes[0].threads(), nodes[0].descriptors()
            with held([nodes[0].address] * 2000, first_bytes):
                # Nobody may get in now to look: time has to tell.
                time.sleep(8)
                expect(command.running(), "the training goes on beside 2000 "
                       f"connections: {command.said()[-300:]}")
            going.expect_progress("2000 connections")
            same_as(nodes[0], before, "2000 connections")


@case
def few_descriptors_for_engines():
    """The same with 2000 engines that greet."""
    few_descriptors(protocol.greeting_frame(name="e"))


@case
def unanswered_requests_keep_nothing():
    """Engines that ask about a step to come, and leave."""
    with Victim() as node:
        node.expect_free("nothing")
        before = node.threads(), node.descriptors()
        for i in range(60):
            with node.peer() as x:
                try:
                    mine = Deployed(x, run=i + 1)
                except TURNED_AWAY:
                    continue  # the last one is not quite gone
                for kind in ("fetch", "fetch_digests"):
                    x.post(kind, run=mine.run, step=2**40,
                           range=mine.hidden())
        same_as(node, before, "requests that nobody answered")
        node.expect_free("requests that nobody answered")


@case
def half_closed_connections():
    """Peers that stop to send, and stay to read."""
    with Victim() as node:
        before = node.threads(), node.descriptors()
        with held([node.address] * 50) as sockets:
            for s in sockets:
                s.shutdown(socket.SHUT_WR)
            same_as(node, before, "half-closed connections")
        node.expect_free("half-closed connections")


if __name__ == "__main__":
    main()
