"""A node that lies about weights: the training ends with an error that names
it, in time, and writes nothing where it should not."""
# test: timeout=200 sanitizers
import os
import tempfile

from lying import TASK, LyingNode, expect_named
from networks import in_range
from protocol import filled, make, tensor
from victims import case, expect, main, train


def expect_slice_refused(what, lie):
    """`lie` makes changes to an honest slice of a fetch."""
    expect_named(what, LyingNode(
        fetch=lambda node, asked: node.parameters(
            asked, **lie(asked, node.parameters(asked).weights))),
        save=True)


@case
def slice_elsewhere():
    """Weights of neurons beyond the network's."""
    expect_slice_refused("a slice 2^24 neurons on", lambda asked, _: {
        "range": in_range(asked.range.first + 2**24, asked.range.count)})


@case
def slice_before():
    """Weights of neurons before those that were asked for."""
    expect_slice_refused("a slice before the first", lambda asked, _: {
        "range": in_range(asked.range.first - 2, asked.range.count)})


@case
def slice_beyond_2_64():
    """A range whose end is beyond what a number holds."""
    expect_slice_refused("a slice that wraps", lambda asked, _: {
        "range": in_range(asked.range.first, 2**64 - 1)})


@case
def slice_too_wide():
    """Rows of more weights than a neuron has."""
    expect_slice_refused("a slice of wide rows", lambda asked, weights: {
        "weights": filled(weights.rows, 1 << 18)})


@case
def slice_too_narrow():
    """Rows of fewer weights than a neuron has."""
    expect_slice_refused("a slice of narrow rows", lambda asked, weights: {
        "weights": filled(weights.rows, weights.columns - 1)})


@case
def slice_of_many_rows():
    """More rows than neurons."""
    expect_slice_refused("a slice of 100,000 rows", lambda asked, weights: {
        "weights": filled(100_000, weights.columns)})


@case
def slice_of_nothing():
    """No rows at all."""
    expect_slice_refused("an empty slice",
                         lambda *_: {"weights": tensor(0, 0)})


@case
def slice_of_empty_rows():
    """2^32 - 1 rows without a column: no bytes, but many rows."""
    expect_slice_refused("rows without columns", lambda *_: {
        "weights": tensor(2**32 - 1, 0, b"")})


@case
def slice_of_many_arrays():
    """More arrays of the optimizer's than any optimizer has."""
    expect_slice_refused("5000 arrays of state", lambda asked, weights: {
        "state": [weights] * 5000})


@case
def slice_of_crooked_arrays():
    """Arrays of the optimizer's in other shapes than the weights."""
    expect_slice_refused("state of another shape", lambda asked, weights: {
        "state": [weights, filled(weights.rows + 900, weights.columns)]})


@case
def slice_of_too_few_arrays():
    """Adam keeps two arrays, and only one comes."""
    expect_slice_refused("one array of state", lambda asked, weights: {
        "state": [weights]})


@case
def slice_of_another_run():
    """Weights of a run and a step that nobody asked about."""
    expect_slice_refused("a slice of another run", lambda asked, _: {
        "run": asked.run ^ 1, "step": asked.step + 1})


# -- about weights that are not finite --------------------------------------

def expect_finding_refused(what, neurons):
    expect_named(what, LyingNode(
        fetch_not_finite=lambda node, asked: make(
            "not_finite", range=asked.range, neurons=neurons(asked.range))))


@case
def not_finite_elsewhere():
    """Neurons that were not asked about, twice, or none at all."""
    expect_finding_refused("neurons of others",
                           lambda x: [in_range(x.first + x.count, 1)])
    expect_finding_refused("neurons twice",
                           lambda x: [in_range(x.first, 1)] * 2)
    expect_finding_refused("neurons that wrap",
                           lambda x: [in_range(x.first, 2**64 - 1)])


# -- about digests --------------------------------------------------------

def expect_digests_refused(what, **lie):
    expect_named(what, LyingNode(
        fetch_digests=lambda node, asked: make(
            "digests", **{"range": asked.range,
                          "weights": bytes(32) * asked.range.count,
                          "state": bytes(32) * asked.range.count, **lie})))


@case
def digests_of_no_size():
    """No digests."""
    expect_digests_refused("no digests", weights=b"")


@case
def digests_of_odd_size():
    """A million and three bytes instead of 32 for each neuron."""
    expect_digests_refused("digests of an odd size", weights=bytes(1_000_003))


@case
def digests_of_great_size():
    """200 MiB of digests."""
    expect_digests_refused("200 MiB of digests", weights=bytes(200 << 20))


@case
def digests_of_odd_state():
    """Digests of the optimizer's state for one neuron only."""
    expect_digests_refused("digests of an odd state", state=bytes(33))


@case
def digests_of_others():
    """Digests of neurons that nobody asked about."""
    expect_digests_refused("digests of others", range=in_range(2**63, 2**63))


@case
def never_digests():
    """A node that never answers about digests."""
    expect_named("a node that never tells digests",
                 LyingNode(fetch_digests=lambda *_: None))


def expect_no_commit(what, shards):
    """A training whose node claims to have written these shards, for so many
    neurons, ends with an error, and the model has no commit."""
    def say(node, run_id, step):
        return make("shards_written", run=run_id, step=step,
                    node=node.index(), shards=shards)
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "model")
        with LyingNode(shards_written=say) as node:
            with train([node], *TASK, "--model", path) as x:
                x.expect_error("shard|'liar'", what)
        manifests = os.listdir(path + "/manifests")
        expect(not manifests, f"{what}: a commit was made: {manifests}")


@case
def no_shards():
    """Nothing was written, and nothing failed."""
    expect_no_commit("no shards", [])


@case
def shards_that_are_not_there():
    """Names of files that nobody wrote, for all neurons."""
    expect_no_commit("shards that are not there", [
        make("shard", name=f"000001-000000000002-{first}-{count}", layer=layer,
             range=in_range(first, count), size=100)
        for layer, first, count in ((1, 4, 8), (2, 12, 3))])


@case
def shards_elsewhere():
    """Names that lead out of the model."""
    expect_no_commit("shards elsewhere", [
        make("shard", name="../../../etc/passwd", layer=layer,
             range=in_range(first, count), size=100)
        for layer, first, count in ((1, 4, 8), (2, 12, 3))])


@case
def shards_of_wrapped_ranges():
    """Shards of more neurons than a number holds."""
    expect_no_commit("shards of wrapped ranges", [
        make("shard", name=f"x{i}", layer=2**32 - 1,
             range=in_range(2**64 - 1, 2**64 - 1), size=2**64 - 1)
        for i in range(2000)])


if __name__ == "__main__":
    main(at_once=4)
