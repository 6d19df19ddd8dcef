"""Numbers from the wire are not believed: none of them ends a node."""
# test: timeout=200 sanitizers
import protocol
from networks import all_on, header, in_range, perceptron
from own_run import ODD, refused, survives
from peer import is_refused
from protocol import filled, make, tensor
from victims import case, expect, main


@case
def ranges_that_wrap():
    """Requests about neurons whose last number is beyond 2^64."""
    ranges = [in_range(5, 2**64 - 5), in_range(5, 2**64 - 2),
              in_range(2**64 - 1, 3), in_range(2**63, 2**63), in_range(0, 4),
              in_range(11, 2), in_range(4, 0)]
    refused([(kind, {"range": x}) for x in ranges
             for kind in ("fetch", "fetch_digests", "fetch_outputs",
                          "fetch_not_finite")])


@case
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


@case
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


@case
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


@case
def a_move_whose_neurons_do_not_come():
    """A move at a step that never was is dropped, and another one served."""
    def attack(mine):
        training = make("training", seed=2)
        where = all_on(mine.network, ["victim"])
        expect(is_refused(mine.peer, "prepare_move", run=mine.run, step=2**63,
                          where=where, training=training),
               "neurons of a step that never was do not move")
        expect(is_refused(mine.peer, "settle_move", run=mine.run, take=1),
               "a move that is not ready is not taken")
        mine.peer.ask("prepare_move", run=mine.run, where=where,
                      training=training)
        expect(is_refused(mine.peer, "prepare_move", run=mine.run,
                          where=where), "a second move waits for the first")
        mine.peer.ask("settle_move", run=mine.run, take=1)
    survives([("a move that could not be", attack)])


@case
def a_move_that_is_taken_too_early():
    """Taken while its neurons are on their way: it is refused, or they have
    come; their weights are what they were."""
    def attack(mine):
        about = {"run": mine.run, "range": mine.hidden()}
        mine.peer.ask("store", slice=make(
            "slice", weights=filled(8, 5, 0.25), **about))
        before = mine.peer.ask("fetch", **about)
        moved = make("prepare_move", run=mine.run, training=make(
            "training", seed=2), where=all_on(mine.network, ["victim"]))
        settled = make("settle_move", run=mine.run, take=1)
        mine.peer.send(protocol.control_frames("prepare_move", moved, 1001)
                       + protocol.control_frames("settle_move", settled, 1002))
        answers = {}
        while len(answers) < 2:
            x = mine.peer.message()
            if x.reply:
                answers[x.number] = x.kind
        after = mine.peer.ask("fetch", **about)
        expect(after.weights == before.weights, "neurons have their weights "
               f"after a move that was taken too early: {answers}")
    survives([("a move that was taken too early", attack)])


@case
def headers():
    """Headers of tensors with odd numbers, one at a time."""
    plain = {"run": 5, "network": perceptron(), "layer": 0, "rows": 2}
    odd = [{"step": x} for x in ODD] + [{"sequence": x} for x in (0, *ODD)]
    odd += [{"layer": x, "range": in_range(0, 4)}
            for x in (1, 2, 3, 2**32 - 1)]
    odd += [{"range": in_range(*x)} for x in (
        (0, 2**64 - 1), (2**64 - 1, 2), (1, 2**64 - 1), (0, 0), (4, 8))]
    odd += [{"micro_batch": x} for x in (1, 2**32 - 1)]
    odd += [{"micro_batches": x} for x in (0, 2**32 - 1)]
    odd += [{"batch": x} for x in (0, *ODD)]
    odd += [{"rows": x} for x in (0, 1, 3, *ODD)]
    odd += [{"ticks": 2**32 - 1}, {"tick": 1}, {"tick": 2**32 - 1},
            {"watch": [1, 2, 3, 2**32 - 1]}, {"watch": [1] * 5000},
            {"keep": 1}, {"epoch": 7}, {"mode": 7}]

    def attack(fields, mode):
        def send(mine):
            values = header(**{**plain, "mode": mode, **fields})
            mine.peer.tensor("activation", values, filled(2, 4))
            wanted = header(5, mine.network, 2, **{
                "rows": 2, "mode": mode,
                **{k: v for k, v in fields.items()
                   if k not in ("layer", "range", "mode")}})
            mine.peer.tensor("targets", wanted, filled(2, 1, 0.0))
        return send
    survives([(f"a header with {x} in mode {mode}", attack(x, mode))
              for x in odd for mode in (protocol.TRAIN, protocol.INFER)])


@case
def batches():
    """Samples and targets that do not go together."""
    def attack(samples, wanted):
        def send(mine):
            net = mine.network
            mine.peer.tensor("activation", header(
                5, net, 0, rows=samples.rows), samples)
            mine.peer.tensor("targets", header(
                5, net, 2, rows=wanted.rows), wanted)
        return send
    nan = float("nan")
    pairs = [((2, 4), (3, 1, 0)), ((2, 4), (1, 1, 0)), ((2, 4), (2, 1, 3)),
             ((2, 4), (2, 1, -1)), ((2, 4), (2, 1, 1e30)),
             ((2, 4), (2, 1, nan)), ((2, 4), (2, 3, nan)), ((2, 5), (2, 1, 0)),
             ((2, 4, nan), (2, 1, 0)), ((2, 4), (2, 2)),
             ((2, 4, 3e38), (2, 1, 0))]
    survives([(f"samples {x} and targets {y}", attack(filled(*x), filled(*y)))
              for x, y in pairs])


@case
def gradients():
    """Gradients for trees that there are not, and before anything went out."""
    nodes = [make("tree_node", first=x, last=y)
             for x in (0, 1, *ODD) for y in (0, 1, *ODD)]
    nodes += [make("tree_node", last=1, part=in_range(*x))
              for x in ((0, 1), (2**64 - 1, 2), (5, 2**64 - 1))]

    def attack(node):
        def send(mine):
            net = mine.network
            mine.peer.tensor("activation", header(5, net, 0, rows=2),
                             filled(2, 4))
            mine.peer.ask("fetch_status")
            for layer, columns in ((1, 8), (2, 3)):
                mine.peer.tensor("gradient",
                                 header(5, net, layer, rows=2),
                                 filled(2, columns), node=node)
        return send
    survives([(f"a gradient of {x}", attack(x)) for x in nodes])


if __name__ == "__main__":
    main(at_once=2)
