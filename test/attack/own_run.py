"""What cases share that have a run of their own on a node."""
import contextlib
import time

import protocol
from networks import Deployed
from peer import TURNED_AWAY, is_refused
from victims import SLOW, Victim, expect

# Where sums of 64 bits wrap, and where those of 32 bits do.
ODD = (2**64 - 1, 2**63, 2**32, 2**32 - 1)


@contextlib.contextmanager
def own_run(node, **fields):
    """A run of one's own on a node that may just be freed."""
    end = time.monotonic() + 15 * SLOW
    while True:
        with node.peer() as x:
            try:
                mine = Deployed(x, **fields)
            except TURNED_AWAY as why:
                node.expect_alive("what came before")
                expect(time.monotonic() < end, f"the node is free: {why}")
                time.sleep(0.05)
                continue
            yield mine
            return


def survives(attacks, **fields):
    """A node lives through each: (what it is, function of one's own run)."""
    with Victim() as node:
        for what, attack in attacks:
            with own_run(node, **fields) as mine:
                try:
                    attack(mine)
                    mine.peer.ask("fetch_status")
                except TURNED_AWAY:
                    pass
                node.expect_alive(what)
        node.expect_free("these numbers")


def refused(attacks, **fields):
    """Each request gets an error: (kind, its fields)."""
    def ask(kind, values):
        return lambda mine: expect(
            is_refused(mine.peer, kind, **{"run": mine.run, **values}
                       if "run" in protocol.make(kind) else values),
            f"{kind} with {str(values)[:200]} is refused")
    survives([(f"{kind} with {str(values)[:200]}", ask(kind, values))
              for kind, values in attacks], **fields)
