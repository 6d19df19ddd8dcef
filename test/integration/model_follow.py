"""predict --follow says at once that a node or the model is gone, waits, and
goes on."""
# test: timeout=180 sanitizers
import os
import signal
import tempfile

from program import Follower, Node, children_of, expect, run, wait_until

DATA = "generate:200x20x10"
CUT = ["--by", "percentage=50,50"]


def train(model, epochs, *more):
    """A commit, on top of those that there are."""
    new = ["--network", "mlp:20-16-10", "--data", DATA, "--batch", "50"]
    run("train", "--model", model, "--epochs", epochs,
        "--commit-every", "100000", *(more or ["--resume"]),
        *(new if more else []))


def follow(model, *nodes):
    return Follower("--model", model, "--data", DATA, "--nodes", *nodes, *CUT)


def says_nothing_more(follower):
    out, err = follower.end()
    expect(out == "" and err == "", f"no more: {out} {err}")


def a_killed_node(model):
    with Node("a") as a, Node("b") as b:
        with follow(model, f"{a.address},{b.address}") as follower:
            first = follower.commit()
            b.signal(signal.SIGKILL)
            b.process.wait()
            # Node 'a' may be the first to tell.
            lost = "node 'b' .*; waiting until it is back"
            follower.says(lost)
            with Node("b", listen=b.address) as again:
                follower.says(f"going on with commit {first}")
                train(model, 2)
                expect(follower.commit() == "2-8", "the new commit")
                # What is committed meanwhile is shown afterwards.
                again.signal(signal.SIGKILL)
                again.process.wait()
                follower.says(lost)
                train(model, 3)
            with Node("b", listen=b.address):
                follower.says("going on with commit 3-12")
                expect(follower.commit() == "3-12", "the newest commit")
                says_nothing_more(follower)


def a_node_that_hangs(model):
    with Node("a") as a, Node("b") as b:
        with follow(model, f"{a.address},{b.address}") as follower:
            first = follower.commit()
            b.signal(signal.SIGSTOP)
            follower.says("node 'b'.*; waiting")
            b.signal(signal.SIGCONT)
            follower.says(f"going on with commit {first}", "busy")
            b.signal(signal.SIGSTOP)
            follower.says("node 'b'.*; waiting")
            says_nothing_more(follower)


def a_node_of_its_own(model):
    with follow(model, "local:2") as follower:
        first = follower.commit()
        os.kill(children_of(follower.process.pid)[1], signal.SIGKILL)
        follower.says("node 'b'.*; waiting")
        follower.says(f"going on with commit {first}")
        says_nothing_more(follower)


def other_nodes_end_it(model):
    """Those who come back are not those for whom the neurons are."""
    with Node("a") as a, Node("b") as b:
        with Follower("--model", model, "--data", DATA, "--nodes",
                      f"{a.address},{b.address}", "--by",
                      "layers=a:1,b:2") as follower:
            follower.commit()
            b.signal(signal.SIGKILL)
            b.process.wait()
            follower.says("node 'b'.*; waiting")
            with Node("c", listen=b.address):
                _, err = follower.end(status=1)
            expect("'b'" in err, f"who is missing: {err}")


def a_model_that_goes_and_comes(scratch, model):
    away = os.path.join(scratch, "away")
    gone = f"model '{model}' is gone; waiting until it is back"
    back = f"model '{model}' can be read again"
    with follow(model, "inside:2") as follower:
        follower.commit()
        os.rename(model, away)
        follower.says(gone)
        os.rename(away, model)
        follower.says(back)
        os.rename(os.path.join(model, "manifests"), away)
        follower.says("manifests'.* restore it")
        os.rename(away, os.path.join(model, "manifests"))
        follower.says(back)
        train(model, 4)
        expect(follower.commit() == "4-16", "the new commit")
        says_nothing_more(follower)


def another_model_in_its_place(scratch):
    """With commits of the same names, and then of another network."""
    model, same, other = (os.path.join(scratch, x)
                          for x in ("model", "same", "other"))
    train(model, 1, "--seed", "1")
    train(same, 1, "--seed", "2")
    train(other, 1, "--block-size", "8")
    gone = f"model '{model}' is gone", "can be read again"
    with follow(model, "inside:2") as follower:
        expect(follower.commit() == "1-4", "the commit")
        os.rename(model, os.path.join(scratch, "before"))
        os.rename(same, model)
        expect(follower.commit() == "1-4", "that of the other model")
        train(model, 2)
        expect(follower.commit() == "2-8", "its next one")
        os.rename(model, os.path.join(scratch, "before too"))
        os.rename(other, model)
        follower.says("holds a model of another network now: start 'ganglion "
                      "predict' anew", *gone)
        expect(follower.end(status=1)[0] == "", "no prediction of it")


def a_model_that_goes_before_its_first_commit(scratch, model):
    """Then the nodes are not even asked."""
    early, away = (os.path.join(scratch, x) for x in ("early", "away"))
    os.rename(model, early)
    manifests = os.path.join(early, "manifests")
    os.rename(manifests, manifests + " later")
    os.mkdir(manifests)
    unread = os.stat(manifests).st_mtime_ns
    with follow(early, "inside:2") as follower:
        # Who lists a directory changes it, to have it as it is now.
        wait_until(lambda: os.stat(manifests).st_mtime_ns != unread, "a look")
        os.rename(early, away)
        follower.says(f"model '{early}' is gone")
        os.rmdir(os.path.join(away, "manifests"))
        os.rename(os.path.join(away, "manifests later"),
                  os.path.join(away, "manifests"))
        os.rename(away, early)
        expect(follower.commit() == "4-16", "the newest commit")
        follower.says("can be read again")
        says_nothing_more(follower)


with tempfile.TemporaryDirectory() as scratch:
    scratch = os.path.realpath(scratch)
    model = os.path.join(scratch, "model")
    train(model, 1, "--seed", "1")
    a_killed_node(model)
    a_node_that_hangs(model)
    a_node_of_its_own(model)
    other_nodes_end_it(model)
    a_model_that_goes_and_comes(scratch, model)
    a_model_that_goes_before_its_first_commit(scratch, model)
    another_model_in_its_place(scratch)
