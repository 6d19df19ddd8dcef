"""Who serves without training notices, too, when its node is gone."""
# test: timeout=120 sanitizers
import os
import signal
import tempfile

from victims import (SLOW, SMALL, Command, Victim, case, expect, expect_text,
                     main, run, wait_until)


def follower_of(how):
    """predict --follow whose node gets a signal says so, and waits for it."""
    with tempfile.TemporaryDirectory() as scratch, Victim("n") as node:
        model = os.path.join(scratch, "model")
        run("train", *SMALL, "--nodes", "inside:1", "--epochs", "1", "--model",
            model, limit=60 * SLOW)
        with Command("predict", "--model", model, "--data",
                     "generate:400x20x10", "--nodes", node.address,
                     "--follow", "--threads", "1") as x:
            wait_until(lambda: "accuracy" in x.said() or not x.running(),
                       "the follower serves the model", 30 * SLOW)
            expect(x.running(), f"the follower goes on: {x.said()}")
            node.signal(how)
            wait_until(lambda: "waiting until it is back" in x.said()
                       or not x.running(),
                       f"a follower tells of {how.name}", 20 * SLOW)
            expect_text("node 'n' .+; waiting until it is back", x.said())
            expect(x.running(), f"the follower waits: {x.said()}")


@case
def follower_of_a_dead_node():
    """Its node is killed."""
    follower_of(signal.SIGKILL)


@case
def follower_of_a_hanging_node():
    """Its node is stopped."""
    follower_of(signal.SIGSTOP)


if __name__ == "__main__":
    main(at_once=2)
