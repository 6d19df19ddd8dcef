"""Networks, options and models that cannot be: refused, and the node lives."""
# test: timeout=120 sanitizers
import os
import re
import tempfile

import protocol
from networks import deployment, fingerprint, in_range, perceptron
from own_run import ODD, own_run, refused
from peer import TURNED_AWAY, is_refused
from protocol import make
from tables import ACTIVATIONS, LAYERS
from victims import SMALL, Victim, case, expect, main, run


@case
def networks():
    """Deployments of networks that there cannot be."""
    odd = [{"neurons": x} for x in (0, *ODD)]
    odd += [{"block_size": x} for x in ODD] + [{"values": 0},
                                               {"values": 2**32 - 1}]
    odd += [{"inputs": x} for x in ([], [1], [2], [9], [0, 0], [2**32 - 1],
                                    [0] * 100_000)]
    odd += [{"kind": x} for x in (0, 2, 3, len(LAYERS), 255)]
    odd += [{"activation": x} for x in (len(ACTIVATIONS), 255)]
    odd += [{"name": ""}, {"name": "output"}]

    def attack(fields):
        def deploy(node):
            with node.peer() as x:
                net = perceptron()
                net.layers[1].update(fields)
                expect(is_refused(x, "deploy", deployment(5, [x.node], net))
                       or "block_size" in fields,
                       f"a layer with {str(fields)[:100]} is refused")
        return deploy
    with Victim() as node:
        for fields in odd:
            attack(fields)(node)
            node.expect_alive(f"a layer with {str(fields)[:100]}")
        node.expect_free("networks that cannot be")


@case
def settings():
    """Numbers of layers that their kinds do not know what to do with."""
    def attack(kind, neurons, numbers):
        def deploy(node):
            with node.peer() as x:
                net = perceptron()
                net.layers[1].update(kind=kind, neurons=neurons, activation=0,
                                     block_size=1)
                net.settings = numbers
                expect(is_refused(x, "deploy", deployment(5, [x.node], net)),
                       f"{LAYERS[kind]} with {numbers} is refused")
        return deploy
    inputs = perceptron().layers[0].neurons
    pool, dropout = LAYERS.index("pool"), LAYERS.index("dropout")
    odd = [[], [float("nan")], [float("inf")], [-1.0], [1e300], [2.0, 2.0],
           [0.5] * 100_000]
    with Victim() as node:
        for numbers in (*odd, [0.0], [2.5], [inputs + 1.0]):
            attack(pool, inputs // 2, numbers)(node)
        for numbers in (*odd, [1.0]):
            attack(dropout, inputs, numbers)(node)
        node.expect_free("settings that make no sense")


@case
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


@case
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


@case
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
        for network_hash in own + [fingerprint(perceptron()), "0" * 64, ""]:
            with own_run(node) as mine:
                place = make("model", path=model, network_hash=network_hash)
                expect(is_refused(mine.peer, "load_shards", run=mine.run,
                                  model=place, commit=make(
                                      "commit", fence=int(commit[0]),
                                      step=int(commit[1])), weights_only=1),
                       "a model of another network is refused")
            node.expect_alive("a model of another network")


@case
def odd_models():
    """Models and commits that there are not."""
    paths = ["", "/", "/no/such", "x" * 100_000, "/dev/zero", "\0", "../..",
             "/proc/self/mem"]
    commits = [make("commit", fence=x, step=y) for x in (0, *ODD[:1])
               for y in (0, *ODD[:1])]

    def model(path):
        return make("model", path=path,
                    network_hash=fingerprint(perceptron()))
    requests = [("load_shards", {"model": model(x), "commit": y})
                for x in paths for y in commits[:2]]
    requests += [("load_shards", {"model": model("/no/such"), "commit": x})
                 for x in commits]
    requests += [("open_store", {"model": model(x), "fence": y})
                 for x in paths for y in (0, ODD[0])]
    refused(requests)


if __name__ == "__main__":
    main(at_once=2)
