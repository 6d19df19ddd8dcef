"""A node is free again when whoever had it is gone, however they went."""
# test: timeout=180 sanitizers
import random
import time

import protocol
from networks import all_on, deployment, in_range
from peer import connect
from protocol import make
from victims import (FULL, SANITIZED, SLOW, Victim, case, expect, main,
                     three_nodes, train)


@case
def deploy_then_gone():
    """A greeting and a deployment in one piece, then nobody."""
    with Victim() as node:
        with node.peer() as x:
            me = x.node
        for i in range(300):
            with connect(node.address) as s:
                content = deployment(1000 + i, [me])
                s.sendall(protocol.greeting_frame(name="hasty")
                          + protocol.control_frames("deploy", content, 1))
        node.expect_free("engines that deployed and left at once")


@case
def deploy_then_silent():
    """An engine that deploys and is never heard of again."""
    with Victim() as node, node.peer() as x:
        x.ask("deploy", deployment(7, [x.node]))
        node.expect_free("an engine that is silent", 20)


@case
def deploy_with_an_absent_node():
    """A deployment over a node that there is not, and the engine leaves."""
    with Victim("a") as node:
        with node.peer() as x:
            other = make("node_info", name="z", address="127.0.0.1:1")
            x.post("deploy", deployment(7, [x.node, other]))
        node.expect_free("a deployment that could not be")


@case
def deploy_without_a_driver():
    """Nodes that are to be dialled by somebody who is not there."""
    with Victim("m") as node:
        with node.peer() as x:
            other = make("node_info", name="b", address=node.address)
            x.post("deploy", deployment(7, [x.node, other]))
        node.expect_free("a deployment that waits for a peer")


@case
def train_killed_early():
    """A training killed 5 to 35 ms after its start, again and again."""
    draw = random.Random(4)
    count = 2000 if FULL else 60 if SANITIZED else 400
    with three_nodes() as nodes:
        for _ in range(count):
            with train(nodes, "--by", "percentage=40,30,30"):
                time.sleep(draw.uniform(.005, .035) * SLOW)
        for x in nodes:
            x.expect_free("trainings that were killed")


@case
def node_ends_in_a_deployment():
    """A network that no machine holds: an error, and the node lives."""
    many = 1 << 40
    network = make("network", layers=[
        make("layer", name="in", kind=protocol.INPUT, neurons=1),
        make("layer", name="out", neurons=many, inputs=[0], block_size=1)])
    with Victim() as node:
        with node.peer() as x:
            where = make("placement", nodes=[node.name], ranges=[
                make("placed", range=in_range(1, many), layer=1)])
            number = x.post("deploy", deployment(5, [x.node], network,
                                                 where=where, group_size=1))
            try:
                x.answer_to(number)
                expect(False, "2^40 neurons on one node are refused")
            except Exception:  # pylint: disable=broad-except
                pass
        node.expect_free("a deployment of 2^40 neurons")


@case
def two_deployments_of_one_engine():
    """The second is refused; when the engine leaves, all is free."""
    with Victim() as node:
        with node.peer() as x:
            for run in (1, 2, 3):
                x.post("deploy", deployment(run, [x.node]))
            where = all_on(deployment(1, [x.node]).net, ["nobody"])
            x.post("deploy", deployment(4, [x.node], where=where))
        node.expect_free("several deployments of one engine")


if __name__ == "__main__":
    main()
