"""Numbers from the wire are not believed: none of them ends a node."""
# test: timeout=200 sanitizers
import contextlib
import os
import re
import tempfile
import time

import protocol
from networks import Deployed, all_on, deployment, header, in_range, perceptron
from peer import TURNED_AWAY, is_refused
from protocol import filled, make, tensor
from victims import SLOW, SMALL, Victim, expect, main, run

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


def ranges_that_wrap():
    """Requests about neurons whose last number is beyond 2^64."""
    ranges = [in_range(5, 2**64 - 5), in_range(5, 2**64 - 2),
              in_range(2**64 - 1, 3), in_range(2**63, 2**63), in_range(0, 4),
              in_range(11, 2), in_range(4, 0)]
    refused([(kind, {"range": x}) for x in ranges
             for kind in ("fetch", "fetch_digests", "fetch_outputs")])


def stored_shapes():
    """Weights in shapes that are not those of their neurons."""
    whole = in_range(4, 8)
    shapes = [(whole, filled(7, 5)), (whole, filled(9, 5)),
              (whole, filled(8, 4)), (whole, filled(8, 6)),
              (whole, tensor(0, 0)), (whole, tensor(2**32 - 1, 0)),
              (in_range(5, 2**64 - 2), filled(1, 5)),
              (in_range(5, 2**64 - 5), tensor(2**32 - 1, 0)),
              (in_range(4, 9), filled(9, 5)), (in_range(4, 0), tensor(0, 5))]
    slices = [make("slice", run=5, range=x, weights=y) for x, y in shapes]
    slices += [make("slice", run=5, range=whole, weights=filled(8, 5),
                    state=[filled(8, 5)] * 3),
               make("slice", run=5, range=whole, weights=filled(8, 5),
                    state=[filled(8, 4)])]
    refused([("store", {"slice": x}) for x in slices])


def moves_that_do_not_fit():
    """Placements that miss, double, or wrap, and epochs out of turn."""
    def placed(*ranges):
        return make("placement", nodes=["victim"], ranges=[
            make("placed", range=in_range(*x), layer=y, node=z)
            for x, y, z in ranges])
    wrong = [placed(), placed(((4, 8), 1, 0)),
             placed(((4, 8), 1, 7), ((12, 3), 2, 7)),
             placed(((4, 8), 9, 0), ((12, 3), 2, 0)),
             placed(((4, 2**64 - 4), 1, 0), ((12, 3), 2, 0)),
             placed(((4, 2**64 - 1), 1, 0), ((12, 3), 2, 0)),
             placed(((4, 8), 1, 0), ((4, 8), 1, 0), ((12, 3), 2, 0)),
             make("placement", ranges=[])]
    right = placed(((4, 8), 1, 0), ((12, 3), 2, 0))
    refused([("prepare_move", {"where": x}) for x in wrong]
            + [("prepare_move", {"where": right, "epoch": x})
               for x in (0, 1, 3, 2**32 - 1)])


def a_failed_move_is_taken():
    """A move that could not be prepared is taken all the same."""
    def attack(mine):
        none = make("placement", nodes=["victim"])
        expect(is_refused(mine.peer, "prepare_move", run=mine.run, where=none),
               "a bad placement is refused")
        expect(is_refused(mine.peer, "settle_move", run=mine.run, take=1),
               "a move that was not prepared is not taken")
        mine.peer.ask("fetch", run=mine.run, range=mine.hidden())
    survives([("a failed move that was taken", attack)])


def a_move_whose_neurons_do_not_come():
    """A move at a step that never was: what was prepared is dropped."""
    def attack(mine):
        training = make("training", seed=2)
        where = all_on(mine.network, ["victim"])
        mine.peer.post("prepare_move", run=mine.run, step=2**63, where=where,
                       training=training)
        expect(is_refused(mine.peer, "settle_move", run=mine.run, take=1),
               "a move that is not ready is not taken")
        expect(is_refused(mine.peer, "prepare_move", run=mine.run,
                          where=where), "a second move waits for the first")
    survives([("a move that was taken too early", attack)])


def headers():
    """Headers of tensors with odd numbers, one at a time."""
    plain = {"run": 5, "network": perceptron(), "layer": 0}
    odd = [{"step": x} for x in ODD] + [{"sequence": x} for x in (0, *ODD)]
    odd += [{"layer": x, "range": in_range(0, 4)} for x in (1, 2, 3, 2**32 - 1)]
    odd += [{"range": in_range(*x)} for x in (
        (0, 2**64 - 1), (2**64 - 1, 2), (1, 2**64 - 1), (0, 0), (4, 8))]
    odd += [{"micro_batch": x} for x in (1, 2**32 - 1)]
    odd += [{"micro_batches": x} for x in (0, 2**32 - 1)]
    odd += [{"batch": x} for x in (0, *ODD)]
    odd += [{"ticks": 2**32 - 1}, {"tick": 1}, {"tick": 2**32 - 1},
            {"watch": [1, 2, 3, 2**32 - 1]}, {"watch": [1] * 5000},
            {"keep": 1}, {"epoch": 7}, {"mode": 7}]

    def attack(fields, mode):
        def send(mine):
            values = header(**{**plain, "mode": mode, **fields})
            mine.peer.tensor("activation", values, filled(2, 4))
            wanted = header(5, mine.network, 2, mode=mode, **{
                k: v for k, v in fields.items() if k not in ("layer", "range")
                and k != "mode"})
            mine.peer.tensor("targets", wanted, filled(2, 1, 0.0))
        return send
    survives([(f"a header with {x} in mode {mode}", attack(x, mode))
              for x in odd for mode in (protocol.TRAIN, protocol.INFER)])


def batches():
    """Samples and targets that do not go together."""
    def attack(samples, wanted):
        def send(mine):
            net = mine.network
            mine.peer.tensor("activation", header(5, net, 0), samples)
            mine.peer.tensor("targets", header(5, net, 2), wanted)
        return send
    nan = float("nan")
    pairs = [(filled(2, 4), filled(3, 1, 0)), (filled(2, 4), filled(1, 1, 0)),
             (filled(2, 4), filled(2, 1, 3)), (filled(2, 4), filled(2, 1, -1)),
             (filled(2, 4), filled(2, 1, 1e30)), (filled(2, 4),
                                                  filled(2, 1, nan)),
             (filled(2, 4), filled(2, 3, nan)), (filled(2, 5), filled(2, 1, 0)),
             (filled(2, 4, nan), filled(2, 1, 0)), (filled(2, 4), filled(2, 2)),
             (filled(2, 4, 3e38), filled(2, 1, 0))]
    survives([(f"samples {x.rows} x {x.columns}, targets {y.rows} x "
               f"{y.columns} {y.data[:4].hex()}", attack(x, y))
              for x, y in pairs])


def gradients():
    """Gradients for trees that there are not, and before anything went out."""
    nodes = [make("tree_node", first=x, last=y)
             for x in (0, 1, *ODD) for y in (0, 1, *ODD)]
    nodes += [make("tree_node", last=1, part=in_range(*x))
              for x in ((0, 1), (2**64 - 1, 2), (5, 2**64 - 1))]

    def attack(node):
        def send(mine):
            net = mine.network
            mine.peer.tensor("activation", header(5, net, 0), filled(2, 4))
            mine.peer.ask("fetch_status")
            for layer, columns in ((1, 8), (2, 3)):
                mine.peer.tensor("gradient", header(5, net, layer),
                                 filled(2, columns), node=node)
        return send
    survives([(f"a gradient of {x}", attack(x)) for x in nodes])


def networks():
    """Deployments of networks that there cannot be."""
    odd = [{"neurons": x} for x in (0, *ODD)]
    odd += [{"block_size": x} for x in ODD] + [{"values": 0},
                                               {"values": 2**32 - 1}]
    odd += [{"inputs": x} for x in ([], [1], [2], [9], [0, 0], [2**32 - 1],
                                    [0] * 100_000)]
    odd += [{"kind": x} for x in (0, 2, 3, 255)]
    odd += [{"activation": x} for x in (5, 255)] + [{"name": ""},
                                                    {"name": "output"}]

    def attack(fields):
        def deploy(node):
            with node.peer() as x:
                net = perceptron()
                where = all_on(net, [node.name])
                net.layers[1].update(fields)
                expect(is_refused(x, "deploy", deployment(
                    5, [x.node], net, where=where))
                    or fields.keys() & {"block_size", "name"},
                    f"a layer with {str(fields)[:100]} is refused")
        return deploy
    with Victim() as node:
        for fields in odd:
            attack(fields)(node)
            node.expect_alive(f"a layer with {str(fields)[:100]}")
        node.expect_free("networks that cannot be")


def options():
    """Deployments with options that there are not."""
    def attack(training, **fields):
        def deploy(node):
            with node.peer() as x:
                try:
                    x.ask("deploy", deployment(5, [x.node], training=training,
                                               **fields))
                except TURNED_AWAY:
                    pass
        return deploy
    usual = make("training")
    odd = [(make("training", loss=200), {}),
           (make("training", optimizer=make("optimizer", kind=200)), {}),
           (make("training", optimizer=make("optimizer",
                                            learning_rate=float("nan"))), {})]
    odd += [(usual, {"group_size": x}) for x in (1, 3, *ODD)]
    odd += [(usual, {"epoch": x}) for x in (0, 2**32 - 1)]
    odd += [(usual, {"owner": "x" * 100_000})]
    with Victim() as node:
        for training, fields in odd:
            attack(training, **fields)(node)
            node.expect_free(f"options {str((training, fields))[:150]}")


def edges():
    """Networks of single neurons, wired to what there is not."""
    def sparse(count, edges_, outputs=()):
        layers = [make("layer", name="input", kind=protocol.INPUT, neurons=2),
                  make("layer", name="neurons", kind=protocol.SPARSE,
                       neurons=count, inputs=[0, 1])]
        wires = make("wiring", outputs=list(outputs), edges=[
            make("edge", source=x, target=y) for x, y in edges_])
        return make("network", layers=layers, wires=[wires])
    odd = [sparse(3, [(0, x)]) for x in (0, 5, 2**64 - 1)]
    odd += [sparse(3, [(x, 2)]) for x in (5, 2**63, 2**64 - 1)]
    odd += [sparse(3, [(0, 2), (0, 2)]), sparse(2**20 + 1, [(0, 2)]),
            sparse(2**63, [(0, 2)]),
            sparse(3, [(0, 2)], [in_range(2, 2**64 - 1)]),
            sparse(3, [(0, 2)], [in_range(2**64 - 1, 2)])]
    with Victim() as node:
        for net in odd:
            with node.peer() as x:
                expect(is_refused(x, "deploy", deployment(5, [x.node], net)),
                       f"edges {str(net.wires)[:200]} are refused")
            node.expect_alive(f"edges {str(net.wires)[:200]}")
        node.expect_free("edges to nowhere")


def shards_of_another_network():
    """The weights of a model whose network is not the deployed one."""
    with tempfile.TemporaryDirectory() as scratch, Victim() as node:
        model = os.path.join(scratch, "model")
        run("train", *SMALL, "--nodes", "inside:1", "--epochs", "1",
            "--model", model)
        name = sorted(os.listdir(model + "/manifests"))[-1]
        commit = name.split("-")
        with open(f"{model}/manifests/{name}", "rb") as f:
            own = re.findall(rb"\b[0-9a-f]{64}\b", f.read())
        expect(own, "a manifest that names its network")
        for network_hash in own + [b"0" * 64, b""]:
            with own_run(node) as mine:
                place = make("model", path=model, network_hash=network_hash)
                expect(is_refused(mine.peer, "load_shards", run=mine.run,
                                  model=place, commit=make(
                                      "commit", fence=int(commit[0]),
                                      step=int(commit[1])), weights_only=1),
                       "a model of another network is refused")
            node.expect_alive("a model of another network")


def odd_models():
    """Models and commits that there are not."""
    paths = ["", "/", "/no/such", "x" * 100_000, "/dev/zero", "\0", "../..",
             "/proc/self/mem"]
    commits = [make("commit", fence=x, step=y) for x in (0, *ODD[:1])
               for y in (0, *ODD[:1])]
    requests = [("load_shards", {"model": make("model", path=x), "commit": y})
                for x in paths for y in commits[:2]]
    requests += [("load_shards", {"model": make("model", path="/no/such"),
                                  "commit": x}) for x in commits]
    requests += [("open_store", {"model": make("model", path=x), "fence": y})
                 for x in paths for y in (0, ODD[0])]
    refused(requests)


if __name__ == "__main__":
    main(ranges_that_wrap, stored_shapes, moves_that_do_not_fit,
         a_failed_move_is_taken, a_move_whose_neurons_do_not_come, headers,
         batches, gradients, networks, options, edges,
         shards_of_another_network, odd_models, at_once=2)
