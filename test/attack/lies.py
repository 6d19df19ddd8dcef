"""A node that lies: the training ends with an error that names it, in time."""
# test: timeout=300 sanitizers
import protocol
from lying import LyingNode
from networks import in_range
from protocol import filled, make, tensor
from victims import expect, main, train

LIES = ("--network", "mlp:4-8-3", "--data", "generate:200x4x3", "--batch",
        "100", "--epochs", "1", "--threads", "1", "--json")


def expect_named(what, node, *arguments):
    """A training on this node ends with an error that names it."""
    with node, train([node], *LIES, *arguments) as x:
        x.expect_error(f"'{node.info.name}'|{node.address}", what)


def an_honest_one():
    """What the others lie about is, told honestly, taken."""
    with LyingNode() as node, train([node], *LIES) as x:
        expect(x.end("a training on an honest node") == 0, x.said())


# -- about outputs and losses ---------------------------------------------

def too_few_rows():
    """Outputs of fewer samples than were asked about."""
    expect_named("outputs of too few rows", LyingNode(
        outputs=lambda node, head, rows: node.results(
            head, rows, values=filled(rows - 1, 3))))


def too_many_rows():
    """Outputs of more samples than were asked about."""
    expect_named("outputs of too many rows", LyingNode(
        outputs=lambda node, head, rows: node.results(
            head, rows, values=filled(rows + 5, 3))))


def outputs_of_some():
    """Outputs of one of three neurons, and never of the others."""
    expect_named("partial outputs", LyingNode(
        outputs=lambda node, head, rows: node.results(
            head, rows, values=filled(rows, 1), range=in_range(12, 1))))


def outputs_too_wide():
    """Outputs of more neurons than the network has."""
    expect_named("wide outputs", LyingNode(
        outputs=lambda node, head, rows: node.results(
            head, rows, values=filled(rows, 1 << 16))))


def outputs_of_another_layer():
    """Outputs of a layer that nobody asked about."""
    expect_named("outputs of another layer", LyingNode(
        outputs=lambda node, head, rows: node.results(
            head, rows, values=filled(rows, 8), layer=1,
            range=in_range(4, 8))))


def never_deployed():
    """A node that is asked to take a network, and says nothing."""
    expect_named("a node that does not answer a deployment",
                 LyingNode(deploy=lambda *_: None))


def never_a_loss():
    """A node that takes batches and never tells a loss, and looks alive."""
    expect_named("a node that never tells a loss",
                 LyingNode(loss_report=lambda *_: []))


def never_outputs():
    """A node that never answers an inference."""
    expect_named("a node that never answers an inference",
                 LyingNode(outputs=lambda *_: []))


def done_by_another_node():
    """A loss, but the flow is done on a node that there is not."""
    def say(node, head, rows):
        loss, done = node.results(head, rows)
        done[1].node = 7
        return [loss, done]
    expect_named("a flow done by node 7", LyingNode(loss_report=say))


def loss_of_another_step():
    """Reports about a flow that there is not."""
    def say(node, head, rows):
        return node.results(protocol.Record(head, sequence=2**63), rows)
    expect_named("reports about another flow", LyingNode(loss_report=say))


def never_weights():
    """A node that keeps its weights to itself at the end."""
    expect_named("a node that never hands out weights",
                 LyingNode(fetch=lambda *_: None), "--save", "/dev/null")


def never_released():
    """A node that does not answer the farewell: the training ends."""
    with LyingNode(release=lambda *_: None) as node:
        with train([node], *LIES) as x:
            status = x.end("a training whose node does not say farewell")
            expect(status in (0, 1), f"status 0 or 1, not {status}")


# -- about numbers of a deployment ----------------------------------------

def groups_beyond_counting():
    """2^63 groups on one node, which says that it is somebody else: neither
    has to do with what is trained."""
    with LyingNode(deploy=lambda *_: make("deployed", node="x" * 1000,
                                          groups=2**63)) as node:
        with train([node], *LIES) as x:
            status = x.end("a training on a node of 2^63 groups")
            expect(status in (0, 1), f"status 0 or 1, not {status}")


def an_answer_of_another_kind():
    """A deployment is answered by a release's answer."""
    expect_named("an answer of another kind", LyingNode(
        deploy=lambda *_: protocol.Record(make("traffic_report"),
                                          **{"is": "traffic_report"})))


def more_correct_than_samples():
    """More samples were right than there are."""
    expect_named("10^18 correct samples", LyingNode(
        loss_report=lambda node, head, rows: node.results(
            head, rows, correct=10**18)))


# -- about weights --------------------------------------------------------

def expect_slice_refused(what, lie):
    """`lie` makes changes to an honest slice of a fetch."""
    expect_named(what, LyingNode(
        fetch=lambda node, channel, asked: node.parameters(
            asked, **lie(asked, node.parameters(asked).weights))),
        "--save", "/dev/null")


def slice_elsewhere():
    """Weights of neurons beyond the network's."""
    expect_slice_refused("a slice 2^24 neurons on", lambda asked, _: {
        "range": in_range(asked.range.first + 2**24, asked.range.count)})


def slice_before():
    """Weights of neurons before those that were asked for."""
    expect_slice_refused("a slice before the first", lambda asked, _: {
        "range": in_range(asked.range.first - 2, asked.range.count)})


def slice_beyond_2_64():
    """A range whose end is beyond what a number holds."""
    expect_slice_refused("a slice that wraps", lambda asked, _: {
        "range": in_range(asked.range.first, 2**64 - 1)})


def slice_too_wide():
    """Rows of more weights than a neuron has."""
    expect_slice_refused("a slice of wide rows", lambda asked, weights: {
        "weights": filled(weights.rows, 1 << 18)})


def slice_too_narrow():
    """Rows of fewer weights than a neuron has."""
    expect_slice_refused("a slice of narrow rows", lambda asked, weights: {
        "weights": filled(weights.rows, weights.columns - 1)})


def slice_of_many_rows():
    """More rows than neurons."""
    expect_slice_refused("a slice of 100,000 rows", lambda asked, weights: {
        "weights": filled(100_000, weights.columns)})


def slice_of_nothing():
    """No rows at all."""
    expect_slice_refused("an empty slice", lambda *_: {"weights": tensor(0, 0)})


def slice_of_empty_rows():
    """2^32 - 1 rows without a column: no bytes, but many rows."""
    expect_slice_refused("rows without columns", lambda *_: {
        "weights": tensor(2**32 - 1, 0, b"")})


def slice_of_many_arrays():
    """More arrays of the optimizer's than any optimizer has."""
    expect_slice_refused("5000 arrays of state", lambda asked, weights: {
        "state": [weights] * 5000})


def slice_of_crooked_arrays():
    """Arrays of the optimizer's in other shapes than the weights."""
    expect_slice_refused("state of another shape", lambda asked, weights: {
        "state": [weights, filled(weights.rows + 900, weights.columns)]})


def slice_of_another_run():
    """Weights of a run and a step that nobody asked about."""
    expect_slice_refused("a slice of another run", lambda asked, _: {
        "run": asked.run ^ 1, "step": asked.step + 1})


# -- about digests --------------------------------------------------------

def expect_digests_refused(what, **lie):
    expect_named(what, LyingNode(
        fetch_digests=lambda node, channel, asked: make(
            "digests", **{"range": asked.range,
                          "weights": bytes(32) * asked.range.count, **lie})))


def digests_of_no_size():
    """No digests."""
    expect_digests_refused("no digests", weights=b"")


def digests_of_odd_size():
    """A million and three bytes instead of 32 for each neuron."""
    expect_digests_refused("digests of an odd size", weights=bytes(1_000_003))


def digests_of_great_size():
    """200 MiB of digests."""
    expect_digests_refused("200 MiB of digests", weights=bytes(200 << 20))


def digests_of_odd_state():
    """Digests of the optimizer's state for one neuron only."""
    expect_digests_refused("digests of an odd state", state=bytes(33))


def digests_of_others():
    """Digests of neurons that nobody asked about."""
    expect_digests_refused("digests of others", range=in_range(2**63, 2**63))


def never_digests():
    """A node that never answers about digests."""
    expect_named("a node that never tells digests",
                 LyingNode(fetch_digests=lambda *_: None))


# Nearly all of them wait.
if __name__ == "__main__":
    main(an_honest_one, too_few_rows, too_many_rows, outputs_of_some,
         outputs_too_wide, outputs_of_another_layer, never_deployed,
         never_a_loss, never_outputs, done_by_another_node,
         loss_of_another_step, never_weights, never_released,
         groups_beyond_counting, an_answer_of_another_kind, more_correct_than_samples,
         slice_elsewhere, slice_before, slice_beyond_2_64, slice_too_wide,
         slice_too_narrow, slice_of_many_rows, slice_of_nothing,
         slice_of_empty_rows, slice_of_many_arrays, slice_of_crooked_arrays,
         slice_of_another_run, digests_of_no_size, digests_of_odd_size,
         digests_of_great_size, digests_of_odd_state, digests_of_others,
         never_digests, at_once=6)
