"""Who may ask what: a run is its engine's, and a name is one node's."""
# test: timeout=200 sanitizers
import protocol
from networks import all_on, fingerprint, header, in_range
from peer import TURNED_AWAY, is_refused
from protocol import filled, make
from victims import (SLOW, SMALL, Command, Victim, case, expect, expect_text,
                     going_training, main)


def requests_about(run):
    """All that only the engine of this run may ask; run is a deployment as a
    node tells of it."""
    placed = run.where.ranges[0]
    row = sum(run.net.layers[i].neurons
              for i in run.net.layers[placed.layer].inputs) + 1
    one = in_range(placed.range.first, 1)
    place = make("model", path="/tmp", network_hash=fingerprint(run.net))
    return {
        "release": {},
        "store": {"slice": make("slice", run=run.run, step=run.step, range=one,
                                weights=filled(1, row))},
        "fetch": {"range": one, "step": run.step + 20},
        "fetch_digests": {"range": one, "step": run.step + 20},
        "fetch_outputs": {"range": one},
        "open_store": {"model": place},
        "keep_step": {"step": run.step},
        "load_shards": {"model": place, "weights_only": 1},
        "prepare_move": {"where": all_on(run.net, run.where.nodes),
                         "epoch": run.epoch + 1, "step": run.step},
        "settle_move": {"epoch": run.epoch + 1, "take": 1},
    }


def ask_all(node, deployed, **greeting):
    """Asks all of it, one connection each."""
    for kind, fields in requests_about(deployed).items():
        if "run" in protocol.make(kind):
            fields["run"] = deployed.run
        with node.peer(name="x", **greeting) as peer:
            expect(is_refused(peer, kind, **fields),
                   f"'{kind}' from somebody else is refused")


@case
def a_run_is_its_engines():
    """Requests of an engine that deployed nothing: refused, and the weights
    are those of a training that nobody troubled."""
    # Long enough to be asked in the middle of it.
    task = ("--json", "--epochs", "1000")
    with going_training(*task) as training:
        for i in range(3):
            ask_all(training.nodes[i], training.deployment(i))
        expect(training.command.end("the training", 200 * SLOW) == 0,
               f"status 0: {training.command.said()[-300:]}")
        with Command("train", *SMALL, *task, "--nodes", "inside:1") as alone:
            expect(alone.end("the same alone", 200 * SLOW) == 0, alone.said())
            digests = [x.json()["weights_sha256"]
                       for x in (alone, training.command)]
        expect(digests[0] == digests[1], f"the same weights: {digests}")


@case
def observers_only_look():
    """Who says that it only looks is refused all else."""
    with going_training() as training:
        node = training.nodes[0]
        run = training.deployment()
        with node.peer(observer=1, name="looker") as x:
            x.ask("fetch_status")
            x.ask("fetch_trace")
        ask_all(node, run, observer=1)
        with node.peer(observer=1, name="looker") as x:
            expect(is_refused(x, "deploy", run=1), "an observer deploys not")
        training.expect_progress("observers")


@case
def tensors_of_strangers():
    """Samples, targets and gradients from an engine that deployed nothing."""
    with going_training() as training:
        for i, node in enumerate(training.nodes):
            run = training.deployment(i)
            for kind, layer, values in (
                    ("activation", 0, filled(20, 20)),
                    ("activation", 1, filled(20, 16)),
                    ("targets", 2, filled(20, 1, 0)),
                    ("gradient", 1, filled(20, 16))):
                head = header(run.run, run.net, layer, step=run.step + 1,
                              sequence=run.step + 2, batch=20, rows=20)
                with node.peer(name="x") as peer:
                    try:
                        peer.tensor(kind, head, values)
                        peer.ask("fetch_status")
                    except TURNED_AWAY:
                        pass
        training.expect_progress("tensors of a stranger")


@case
def reports_of_strangers():
    """Reports to a node, from engines and from nodes that it does not know."""
    with going_training() as training:
        run = training.deployment()
        head = header(run.run, run.net, 2, step=run.step + 1)
        told = {"run_failed": make("run_failed", run=run.run),
                "flow_done": make("flow_done", head=head),
                "loss_report": make("loss_report", head=head),
                "shards_written": make("shards_written", run=run.run)}
        for kind, content in told.items():
            for engine in (0, 1):
                with training.nodes[0].peer(name="x") as first:
                    arithmetic = first.welcome.arithmetic
                with training.nodes[0].peer(name="x", engine=engine,
                                            arithmetic=arithmetic) as peer:
                    try:
                        peer.send(protocol.control_frames(kind, content))
                        peer.ask("fetch_status")
                    except TURNED_AWAY:
                        pass
        training.expect_progress("reports of a stranger")


@case
def a_second_node_of_a_name():
    """It says why it ends, and the training goes on."""
    with going_training() as training:
        with Command("node", "--name", "b", "--listen", "127.0.0.1:0",
                     "--join", training.nodes[0].address) as second:
            second.expect_error("'b'", "a second node named 'b'", 20 * SLOW)
            expect_text("name", second.said())
        training.expect_progress("a second node of a name")


@case
def who_takes_a_nodes_name():
    """A stranger greets as the node that is linked already."""
    with going_training() as training:
        node = training.nodes[0]
        with node.peer(name="x") as first:
            arithmetic = first.welcome.arithmetic
        for incarnation in (0, 1, 2**64 - 1):
            try:
                with node.peer(name="b", engine=0, incarnation=incarnation,
                               address=training.nodes[1].address,
                               arithmetic=arithmetic) as false:
                    false.ask("fetch", run=training.deployment().run)
            except TURNED_AWAY:
                pass
        training.expect_progress("a stranger under a node's name")


@case
def a_node_cannot_call_itself():
    """A greeting under the node's own name, and one under no name."""
    with Victim() as node:
        with node.peer() as first:
            arithmetic = first.welcome.arithmetic
        for name in (node.name, "", "x" * 3000, "a\0b", "\n" * 20, "\x1b[2J"):
            try:
                with node.peer(name=name, engine=0,
                               arithmetic=arithmetic) as x:
                    x.ask("fetch_status")
            except TURNED_AWAY:
                pass
            node.expect_alive(f"a node named {name[:20]!r}")
        node.expect_free("odd names")


if __name__ == "__main__":
    main()
