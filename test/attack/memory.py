"""What a peer sends or asks never decides how much memory a node takes."""
# test: timeout=300
import time

import protocol
from networks import Deployed, deployment, header, in_range, perceptron
from peer import TURNED_AWAY, NoAnswer, connect
from protocol import make
from victims import MEMORY, MIB, SLOW, Victim, case, main


def send_while_taken(peer, data, limit=10):
    """Sends and reads nothing; False once the other side wants no more."""
    peer.socket.settimeout(limit * SLOW)
    try:
        peer.send(data)
        return True
    except (*TURNED_AWAY, TimeoutError):
        return False


# What an engine may have in the network at once, and the node with it.
IN_FLIGHT = 1280 * MIB


def stays_modest(after, attack, most=MEMORY, **fields):
    """`attack` gets a run of its own; the node's memory stays bounded."""
    with Victim() as node:
        with node.peer() as x:
            mine = Deployed(x, **fields)
            before = node.memory()
            try:
                attack(mine)
            except (*TURNED_AWAY, NoAnswer):
                pass
            node.expect_alive(after)
            node.expect_modest(before, after, most)
        node.expect_free(after)
        node.expect_modest(before, after, most)


@case
def a_tensor_of_many_rows():
    """2^32 - 1 rows are announced, and do not come."""
    def attack(mine):
        for stream, rows in enumerate((2**28, 2**30, 2**32 - 1, 2**32)):
            head = header(mine.run, mine.network, 0, rows=rows)
            mine.peer.send(protocol.head_frame(
                "activation", make("activation", head=head), rows, 1, stream))
        mine.peer.ask("fetch_status")
    stays_modest("a tensor of 2^32 rows", attack,
                 network=perceptron((1, 4, 3)))


@case
def many_tensors_at_once():
    """4000 tensors of 64 MiB are announced; of each comes the first byte."""
    def attack(mine):
        for stream in range(1, 4000):
            head = header(mine.run, mine.network, 0, sequence=stream,
                          rows=2**22)
            mine.peer.send(protocol.head_frame(
                "activation", make("activation", head=head), 2**22, 4, stream)
                + protocol.frame(protocol.DATA, b"x", 0, stream))
        mine.peer.ask("fetch_status")
    stays_modest("4000 tensors that were announced", attack)


@case
def tensors_for_later():
    """Inputs of steps that are never due are not kept without end."""
    def attack(mine):
        rows = 2**18
        values = protocol.filled(rows, 4)
        for sequence in range(1, 600):
            head = header(mine.run, mine.network, 0, sequence=sequence,
                          step=1000, batch=rows, rows=rows)
            if not send_while_taken(mine.peer, protocol.tensor_frames(
                    "activation", make("activation", head=head), values)):
                return
        mine.peer.ask("fetch_status")
    stays_modest("2.4 GiB of inputs for a later step", attack,
                 IN_FLIGHT + MEMORY)


@case
def tiny_strings():
    """Control messages of 200 MiB, all of it lists of tiny things."""
    size = 200 * MIB
    texts = protocol.Raw(protocol.length(size) + bytes(size))  # empty texts
    tiny = {
        "deploy": deployment(9, [], where=make("placement", nodes=texts)),
        "failure": make("failure", why=make("details", nodes=texts)),
        "shards_written": make("shards_written", failure=make(
            "details", layers=texts)),
        "run_failed": make("run_failed", why=make("details", layers=texts)),
    }
    for kind, content in tiny.items():
        def attack(mine, kind=kind, content=content):
            send_while_taken(mine.peer, protocol.control_frames(
                kind, content, 77, reply=kind == "failure"))
            mine.peer.ask("fetch_status")
        stays_modest(f"200 MiB of '{kind}'", attack)


@case
def a_message_without_end():
    """Frames of a control message whose last one never comes."""
    def attack(mine):
        part = protocol.frame(protocol.CONTROL, bytes(MIB), 0, 7)
        for _ in range(600):
            if not send_while_taken(mine.peer, part):
                return
    stays_modest("a message without end", attack)


@case
def answers_that_nobody_reads():
    """600 KB of questions, whose answers are some GB, and are not read."""
    def attack(mine):
        question = protocol.control_frames("fetch", make(
            "fetch", run=mine.run, range=mine.hidden()), 3)
        for _ in range(600_000 // len(question) // 100):
            if not send_while_taken(mine.peer, question * 100):
                break
        end = time.monotonic() + 5 * SLOW
        while time.monotonic() < end:  # a node that takes it works on it
            time.sleep(0.1)
            mine.peer.beat()
    stays_modest("answers that are not read", attack,
                 network=perceptron((256, 1024, 3)))


@case
def statuses_that_nobody_reads():
    """A looker asks for 10 MB of statuses, and reads none."""
    with Victim() as node:
        before = node.memory()
        with node.peer(observer=1, name="looker") as x:
            question = protocol.control_frames("fetch_status",
                                               make("fetch_status"), 3)
            for _ in range(10 * MIB // len(question) // 1000):
                if not send_while_taken(x, question * 1000):
                    break
            node.expect_modest(before, "statuses that are not read")
        node.expect_free("statuses that are not read")
        node.expect_modest(before, "statuses that are not read")


@case
def questions_about_the_future():
    """400,000 questions about a step that is never reached."""
    def attack(mine):
        question = protocol.control_frames("fetch", make(
            "fetch", run=mine.run, step=2**62, range=in_range(4, 1)), 3)
        for _ in range(400):
            if not send_while_taken(mine.peer, question * 1000):
                return
        mine.peer.ask("fetch_status")
    stays_modest("questions about a step to come", attack)


@case
def greetings_that_claim():
    """Frames before any greeting, of lengths that are never sent."""
    with Victim() as node:
        before = node.memory()
        sockets = [connect(node.address) for _ in range(60)]
        for s in sockets:
            s.sendall(protocol.frame(protocol.HELLO, bytes(4000), size=4096))
        node.expect_modest(before, "greetings that are not finished")
        for s in sockets:
            s.close()
        node.expect_free("greetings that are not finished")


if __name__ == "__main__":
    main()
