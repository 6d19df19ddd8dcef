"""What the attackers say is understood where it is honest: without this, all
that they are refused would show nothing."""
# test: timeout=60 sanitizers
import os
import tempfile

import protocol
from lying import TASK, LyingNode
from networks import Deployed, all_on, fingerprint, header
from protocol import filled, make
from victims import (Command, Victim, case, expect, main, run, train,
                     wait_until)


def messages(peer, *kinds):
    """The next messages of these kinds, in any order."""
    wanted = set(kinds)
    while wanted:
        wanted.discard(peer.message().kind)


def flow(mine, mode, **fields):
    """Sends a batch of two through the network."""
    last = len(mine.network.layers) - 1
    fields.update(mode=mode, batch=2, rows=2)
    mine.peer.tensor("activation", header(mine.run, mine.network, 0, **fields),
                     filled(2, mine.network.layers[0].neurons))
    if mode == protocol.TRAIN:
        mine.peer.tensor("targets", header(mine.run, mine.network, last,
                                           **fields), filled(2, 1, 1.0))


@case
def an_engine_trains_and_asks():
    """Deploy, two steps, weights out and in, an inference, a release."""
    with Victim() as node, node.peer() as x:
        mine = Deployed(x)
        for step in (0, 1):
            flow(mine, protocol.TRAIN, step=step, sequence=step + 1)
            messages(x, "loss_report", "flow_done")
        about = {"run": mine.run, "step": 2, "range": mine.hidden()}
        weights = x.ask("fetch", **about)
        expect((weights.weights.rows, weights.weights.columns) == (8, 5),
               "8 neurons of 4 weights and a bias")
        slice_ = make("slice", **{**weights, "step": 2})
        x.ask("store", slice=slice_)
        expect(x.ask("fetch", **about) == weights, "the weights are stored")
        digests = x.ask("fetch_digests", **about)
        expect(len(digests.weights) == 8 * 32, "32 bytes a neuron")
        expect(x.ask("fetch_not_finite", **about).neurons == [],
               "all weights are finite")
        flow(mine, protocol.INFER, step=2, sequence=3, keep=1)
        messages(x, "outputs")
        kept = x.ask("fetch_outputs", **about)
        shape = kept["values"].rows, kept["values"].columns
        expect(shape == (2, 8), "2 samples of 8 outputs")
        x.ask("fetch_traffic", run=mine.run)
        x.ask("release", run=mine.run)
        expect(not node.status().deployments, "the node is free")


@case
def an_engine_moves():
    """A placement is prepared and taken; the new one goes on."""
    with Victim() as node, node.peer() as x:
        mine = Deployed(x)
        x.ask("prepare_move", run=mine.run, training=make("training", seed=2),
              where=all_on(mine.network, [node.name]))
        x.ask("settle_move", run=mine.run, take=1)
        expect(node.status().deployments[0].epoch == 2, "another placement")
        flow(mine, protocol.TRAIN, epoch=2)
        messages(x, "loss_report", "flow_done")


@case
def an_engine_writes_and_reads_a_model():
    """The shards of a step, and those of a commit."""
    with tempfile.TemporaryDirectory() as scratch, Victim() as node:
        path = os.path.join(scratch, "model")
        run("train", *TASK, "--nodes", "inside:1", "--model", path)
        name = os.listdir(path + "/manifests")[0]
        fence, step = map(int, name.split("-"))
        with node.peer() as x:
            mine = Deployed(x)
            model = make("model", path=path,
                         network_hash=fingerprint(mine.network))
            x.ask("load_shards", run=mine.run, model=model, weights_only=1,
                  commit=make("commit", fence=fence, step=step))
            x.ask("open_store", run=mine.run, model=model, fence=fence)
            x.ask("keep_step", run=mine.run, step=step)
            messages(x, "shards_written")


@case
def an_observer_looks():
    """Status and time line of a node with a run."""
    with Victim() as node, node.peer() as x:
        Deployed(x)
        with node.peer(observer=1, name="looker") as looker:
            status = looker.ask("fetch_status")
            expect(status.deployments[0].run == 5, "the run")
            looker.ask("fetch_trace", what=0)
            looker.ask("fetch_trace", what=2)


@case
def a_node_is_believed():
    """A training on a node that does not lie."""
    with LyingNode() as node, train([node], *TASK) as x:
        expect(x.end("a training on an honest node") == 0, x.said())


@case
def a_node_moves():
    """A prompt moves neurons between nodes that do not lie."""
    script = """network mlp:4-8-3
deploy {},{} by identifiers=liar:4-7+12-14,other:8-11 threads 1
train 1 epoch generate:60x4x3 batch 10
move hidden1[0..1] to other
train 1 epoch
"""
    with LyingNode() as a, LyingNode("other") as b:
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(script.format(a.address, b.address))
            file.flush()
            with Command("repl", file.name) as x:
                expect(x.end("the prompt") == 0, x.said())
        wait_until(lambda: "settle_move" in b.asked, "a move")


if __name__ == "__main__":
    main()
