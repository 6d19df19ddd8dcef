"""A node that lies: the training ends with an error that names it, in time."""
# test: timeout=300 sanitizers
import protocol
from lying import TASK, LyingNode, expect_named
from networks import in_range
from protocol import filled, make
from victims import Victim, case, expect, main, train

# -- about outputs and losses ---------------------------------------------

@case
def too_few_rows():
    """Outputs of fewer samples than were asked about."""
    expect_named("outputs of too few rows", LyingNode(
        outputs=lambda node, head, rows: node.results(
            head, rows, values=filled(rows - 1, 3))))


@case
def too_many_rows():
    """Outputs of more samples than were asked about."""
    expect_named("outputs of too many rows", LyingNode(
        outputs=lambda node, head, rows: node.results(
            head, rows, values=filled(rows + 5, 3))))


@case
def outputs_of_some():
    """Outputs of one of three neurons, and never of the others."""
    expect_named("partial outputs", LyingNode(
        outputs=lambda node, head, rows: node.results(
            head, rows, values=filled(rows, 1), range=in_range(12, 1))))


@case
def outputs_too_wide():
    """Outputs of more neurons than the network has."""
    expect_named("wide outputs", LyingNode(
        outputs=lambda node, head, rows: node.results(
            head, rows, values=filled(rows, 1 << 16))))


@case
def outputs_of_another_layer():
    """Outputs of a layer that nobody asked about."""
    expect_named("outputs of another layer", LyingNode(
        outputs=lambda node, head, rows: node.results(
            head, rows, values=filled(rows, 8), layer=1,
            range=in_range(4, 8))))


@case
def never_deployed():
    """A node that is asked to take a network, and says nothing."""
    expect_named("a node that does not answer a deployment",
                 LyingNode(deploy=lambda *_: None))


@case
def never_a_loss():
    """A node that takes batches and never tells a loss, and looks alive."""
    expect_named("a node that never tells a loss",
                 LyingNode(loss_report=lambda *_: []))


@case
def never_outputs():
    """A node that never answers an inference."""
    expect_named("a node that never answers an inference",
                 LyingNode(outputs=lambda *_: []))


@case
def done_by_another_node():
    """A loss, but the flow is done on a node that there is not."""
    def say(node, head, rows):
        loss, done = node.results(head, rows)
        done[1].node = 7
        return [loss, done]
    expect_named("a flow done by node 7", LyingNode(loss_report=say))


@case
def the_same_loss_twice():
    """A loss is told again, before the flow is done."""
    def say(node, head, rows):
        loss, done = node.results(head, rows)
        return [loss, loss, done]
    expect_named("a loss that is told twice", LyingNode(loss_report=say))


@case
def loss_of_another_step():
    """Reports about a flow that there is not."""
    def say(node, head, rows):
        return node.results(protocol.Record(head, sequence=2**63), rows)
    expect_named("reports about another flow", LyingNode(loss_report=say))


@case
def never_weights():
    """A node that keeps its weights to itself at the end."""
    expect_named("a node that never hands out weights",
                 LyingNode(fetch=lambda *_: None), save=True)


@case
def never_traffic():
    """A node that does not tell what crossed its links."""
    expect_named("a node that never tells its traffic",
                 LyingNode(fetch_traffic=lambda *_: None))


@case
def never_released():
    """A node that does not answer the farewell: the training ends."""
    with LyingNode(release=lambda *_: None) as node:
        with train([node], *TASK) as x:
            status = x.end("a training whose node does not say farewell")
            expect(status in (0, 1), f"status 0 or 1, not {status}")


# -- about numbers of a deployment ----------------------------------------

@case
def groups_beyond_counting():
    """2^63 groups on one node, which says that it is somebody else."""
    expect_named("a node of 2^63 groups", LyingNode(
        deploy=lambda *_: make("deployed", node="x" * 1000, groups=2**63)))


@case
def another_name():
    """The right groups, but a name that is another's: it has nothing to do
    with what is trained."""
    with LyingNode(deploy=lambda node, asked: make(
            "deployed", node="x" * 1000,
            groups=node.groups(asked.where))) as node:
        with train([node], *TASK) as x:
            status = x.end("a training on a node of another name")
            expect(status in (0, 1), f"status 0 or 1, not {status}")


@case
def an_answer_of_another_kind():
    """A deployment is answered by a release's answer."""
    expect_named("an answer of another kind", LyingNode(
        deploy=lambda *_: protocol.Record(make("traffic_report"),
                                          **{"is": "traffic_report"})))


@case
def more_correct_than_samples():
    """More samples were right than there are."""
    expect_named("10^18 correct samples", LyingNode(
        loss_report=lambda node, head, rows: node.results(
            head, rows, correct=10**18)))


# -- with words of no use -------------------------------------------------

class Garbler(LyingNode):
    """Sends bytes instead of one kind of answer."""

    def __init__(self, kind, data):
        self.kind = kind
        self.data = data
        super().__init__()

    def deliver(self, channel, kind, *what, **more):
        if kind == self.kind:
            channel.send(self.data)
        super().deliver(channel, kind, *what, **more)


@case
def garbled_answers():
    """Bytes that are no message, in the place of each kind of answer."""
    for kind in ("deployed", "flow_done", "digests", "parameter_slice",
                 "traffic_report", "store_opened"):
        for data in (protocol.frame(protocol.CONTROL, b"garbled"),
                     protocol.frame(0), protocol.greeting_frame(),
                     protocol.frame(protocol.CONTROL, size=2**32 - 1)):
            expect_named(f"garbled bytes before '{kind}'",
                         Garbler(kind, data),
                         save=kind == "parameter_slice",
                         keep=kind == "store_opened")


@case
def failures_without_words():
    """A run that failed, or a request, and no text why."""
    expect_named("a failed run without words", LyingNode(
        loss_report=lambda node, head, rows: [
            ("run_failed", make("run_failed", run=head.run), None)]))
    expect_named("a refusal without words", LyingNode(
        deploy=lambda *_: protocol.Record(make("failure"),
                                          **{"is": "failure"})))


@case
def failures_of_odd_words():
    """A run that failed, a refusal, and shards that were not written, with
    words that would do something to a terminal, or fill it."""
    for text in ("\x1b[2J\x1b[1;1Hall is well\n", "x" * 60_000):
        why = make("details", text=text)
        expect_named("a failed run of odd words", LyingNode(
            loss_report=lambda node, head, rows, why=why: [
                ("run_failed", make("run_failed", run=head.run, why=why),
                 None)]))
        expect_named("a refusal of odd words", LyingNode(
            deploy=lambda *_, why=why: protocol.Record(
                make("failure", why=why), **{"is": "failure"})))
        expect_named("shards of odd words", LyingNode(
            shards_written=lambda node, run_id, step, why=why: make(
                "shards_written", run=run_id, step=step, node=node.index(),
                failure=why)), keep=True)


# -- among others ---------------------------------------------------------

# Two neurons that pool the honest node's four, and two the liar's.
POOLED = ("identifiers=a:4-7+12-13,z:8-11+14-18",
          [x.replace("4-8-3", "4-8-pool2-3") for x in TASK]
          + ["--block-size", "2"])


def expect_honest_ones_free(what, lie, by="layers=a:1,z:2", task=TASK):
    """A liar holds the last layer, an honest node the first: the training ends
    with an error, and the honest one is free."""
    with Victim("a") as honest, LyingNode("z", loss_report=lie) as liar:
        with train([honest, liar], *task, "--by", by) as x:
            x.expect_error("'z'|'a'", what)
        honest.expect_free(what)


@case
def silent_among_others():
    """It takes what the honest one sends, and that is all."""
    expect_honest_ones_free("a silent node among others", lambda *_: [])


@case
def wrong_gradients_among_others():
    """Gradients of a tree that there is not, for neurons of the honest one."""
    def say(node, head, rows):
        if head.layer == 0:
            return []
        tree = make("tree_node", first=2**64 - 1, last=2**64 - 1)
        return [("gradient", make("gradient", head=head, node=tree),
                 filled(rows, head.range.count))] * 3
    expect_honest_ones_free("wrong gradients", say)


@case
def outputs_that_nobody_reads():
    """Outputs of neurons that only neurons of the liar's pool."""
    def say(node, head, rows):
        if head.layer != 2:
            return []
        head = protocol.Record(head, layer=1, range=in_range(8, 4))
        return [("activation", make("activation", head=head), filled(rows, 4))]
    expect_honest_ones_free("outputs that nobody reads", say, *POOLED)


@case
def gradients_that_read_nothing():
    """Gradients through neurons that pool others than those they are for."""
    def say(node, head, rows):
        if head.layer != 2:
            return []
        head = protocol.Record(head, layer=1, range=in_range(4, 4))
        tree = make("tree_node", first=1, last=2)
        return [("gradient", make("gradient", head=head, node=tree),
                 filled(rows, 4))]
    expect_honest_ones_free("gradients that read nothing", say, *POOLED)


@case
def gradients_of_another_shape():
    """Gradients of more rows than there were samples."""
    def say(_, head, rows):
        tree = make("tree_node", last=1)
        return [("gradient", make("gradient", head=head, node=tree),
                 filled(rows + 1, head.range.count))]
    expect_honest_ones_free("gradients of another shape", say)


# Nearly all of them wait.
if __name__ == "__main__":
    main(at_once=6)
