"""A training never waits for ever: it goes on, or ends and says why."""
# test: timeout=150 sanitizers
import threading

from networks import Deployed, deployment, in_range, perceptron
from peer import TURNED_AWAY, is_refused
from victims import (Command, Victim, case, expect, expect_training,
                     going_training, main)


@case
def network_larger_than_memory():
    """120 GB of weights and what Adam needs."""
    with Command("train", "--network", "mlp:784-100000-100000-10", "--data",
                 "generate:1000x784x10", "--nodes", "local:1", "--epochs", "1",
                 "--threads", "1") as x:
        x.expect_error("would need .* GiB at least .* GiB free",
                       "a network larger than memory")


@case
def larger_than_memory_by_hand():
    """The same, asked for by a peer: the node says no, and lives."""
    with Victim() as node:
        with node.peer() as x:
            network = perceptron((784, 100_000, 100_000, 10))
            expect(is_refused(x, "deploy",
                              deployment(5, [x.node], network)),
                   "120 GB of weights are refused")
        node.expect_free("a deployment larger than memory")


@case
def fetch_beyond_the_end():
    """A stranger fetches neurons whose last number is beyond 2^64."""
    with going_training() as training:
        node = training.nodes[0]
        x = training.deployment()
        first = x.where.ranges[0].range.first
        for range_ in (in_range(first + 10, 2**64 - 20),
                       in_range(first + 10, 2**63),
                       in_range(first, 2**64 - 1), in_range(first, 0)):
            with node.peer(name="x") as peer:
                try:
                    is_refused(peer, "fetch", run=x.run, range=range_)
                    peer.post("fetch", run=x.run, step=training.steps() + 20,
                              range=range_)
                except TURNED_AWAY:
                    pass
        training.expect_progress("fetches beyond the end", more=100)


@case
def fetch_beyond_the_end_of_ones_own():
    """The engine of a run asks the same: an error, and the run lives."""
    with Victim() as node, node.peer() as x:
        mine = Deployed(x)
        first = mine.hidden().first
        for kind in ("fetch", "fetch_digests", "fetch_outputs",
                     "fetch_not_finite"):
            # What wraps is no message at all: see arithmetic.py.
            for range_ in (in_range(first + 1, 2**64 - 2 - first),
                           in_range(first + 2, 2**63), in_range(first, 9),
                           in_range(2**64 - 2, 1), in_range(first, 0)):
                expect(is_refused(x, kind, run=mine.run, range=range_),
                       f"{kind} of neurons {range_} is refused")
        x.ask("fetch", run=mine.run, range=mine.hidden())


@case
def stranger_releases():
    """Who has not deployed a run cannot end it."""
    with going_training() as training:
        for i, node in enumerate(training.nodes):
            run = training.deployment(i).run
            with node.peer(name="x") as peer:
                expect(is_refused(peer, "release", run=run),
                       "a stranger's release is refused")
        training.expect_progress("a stranger's release")


@case
def many_strangers_leave_a_training_alone():
    """Whatever strangers ask at the same time, a training on a node works."""
    with Victim() as node:
        def ask():
            for run in range(200):
                with node.peer(name=f"x{run}") as x:
                    for kind in ("fetch", "release", "keep_step"):
                        is_refused(x, kind, run=run)
        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        expect_training([node], "questions of strangers")
        asking.join()


if __name__ == "__main__":
    main()
