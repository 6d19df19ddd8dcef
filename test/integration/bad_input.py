"""Bad input ends with an error that names the thing and the next step."""
# test: timeout=100 sanitizers
import os
import socket
import struct
import subprocess
import tempfile

from program import PROGRAM, Node, expect, expect_text, run

GOOD = {"--network": "mlp:4-8-3", "--data": "generate:60x4x3", "--batch": "10",
        "--epochs": "1"}


def fails(pattern, status=1, command="train", **changes):
    options = dict(GOOD) if command in ("train", "verify") else {}
    options.update({"--" + k.replace("_", "-"): v for k, v in changes.items()})
    arguments = [x for pair in options.items() if pair[1] is not None
                 for x in pair]
    _, err = run(command, *arguments, status=status)
    expect_text(pattern, err)
    expect("terminate" not in err and len(err) < 2000, f"a short error: {err}")


def placement():
    fails("sum", nodes="inside:2", by="percentage=50,30")
    fails("more shares|2 nodes|nodes", nodes="inside:2", by="percentage=50,30,20")
    fails("", nodes="inside:2", by="count=1,2")
    fails("'x'", nodes="inside:2", by="layers=x:1,b:2")
    fails("hidden9", nodes="inside:2", by="layers=a:hidden9,b:2")
    fails("4-10|4 to", nodes="inside:2", by="identifiers=b:11-14")
    fails("twice|doubl|more than once", nodes="inside:2",
          by="identifiers=a:4-11,b:10-14")
    fails("magic", by="magic=7")
    fails("inside:0", nodes="inside:0")
    fails("inside:x", nodes="inside:x")
    fails("HOST:PORT", nodes="nowhere")


def misspelt():
    _, err = run("tarin", status=2)
    expect_text("no 'tarin': did you mean 'train'", err)
    fails("no '--bach': did you mean '--batch'", status=2, bach="3")
    _, err = run("model", "exprot", "a", "b", status=2)
    expect_text("no 'exprot': did you mean 'export'", err)
    for option in ("batch", "group-size", "seed", "epochs", "threads"):
        fails(f"{option}.* -5 is negative", status=2, **{option: "-5"})


def descriptors():
    def limited(files, nodes):
        result = subprocess.run(
            ["prlimit", f"--nofile={files}:{files}", PROGRAM, "repl",
             "--batch"], input=f"network mlp:4-8-3\ndeploy {nodes}\n",
            text=True, capture_output=True, timeout=60)
        expect(result.returncode == 1, "an error")
        return result.stderr

    expect_text("'inside:200'.* some 121264 open files.* may have 400: take at "
                "most 9, or local:200", limited(400, "inside:200"))
    # UBSan needs files of its own to look at an object.
    sanitizer = "san" in os.environ.get("BUILD_DIR", "")
    for files in () if sanitizer else (24, 30, 38):
        err = limited(files, "local:12")
        expect_text("Too many open files", err)
        expect("start one" not in err and "choose" not in err,
               f"no hint at something else: {err}")


def options():
    fails("activation 'swish'", network="mlp:4-8-3:swish")
    fails("mlp", network="cnn:4-8")
    fails("optimizer 'sgdx'", optimizer="sgdx")
    fails("loss 'l1'", loss="l1")
    fails("--lr", lr="-1")
    fails("--lr", lr="nan")
    fails("--momentum", momentum="1.5")
    fails("--weight-decay", weight_decay="-0.1")
    fails("micro-batches", micro_batches="0")
    fails("batch 100 is larger than the 60 samples", batch="100")
    fails("5 classes, but the output layer 'output' has 3",
          data="generate:60x4x5")
    fails("3", data="generate:60x3x3")
    fails("", data="generate:60x3")
    fails("validation|fraction", validation="1.5")
    fails("group size of 3", network="mlp:4-64-3", group_size="3")
    fails("required|--network", status=2, network=None)
    fails("extra|--bogus|not expected", status=2, bogus="1")
    fails("not in|log-level", status=2, log_level="loud")
    fails("cannot write", save="/no/such/folder/file")
    fails("cannot read '/no/such/file'.*check", load="/no/such/file")
    fails("--flip", command="verify", flip="1:2")
    fails("neurons with weights", command="verify", flip="2:0:0")
    fails("4702x", command="node", name="a", listen="127.0.0.1:4702x")
    fails("--insecure", command="node", name="a", listen="0.0.0.0:0")


def files(folder):
    def path(name, data):
        full = os.path.join(folder, name)
        with open(full, "wb") as f:
            f.write(data)
        return full

    fails("no/such.csv", data="/no/such.csv")
    fails("bad.csv:2:5", data=path("bad.csv", b"1,2,3,4,0\n1,2,x,4,1\n"))
    fails("nan.csv:2:3", data=path("nan.csv", b"1,2,3,4,0\n1,nan,3,4,1\n"))
    fails("short.csv:2", data=path("short.csv", b"1,2,3,4,0\n1,2,3,1\n"))
    fails("empty.csv", data=path("empty.csv", b""))
    os.mkdir(os.path.join(folder, "idx"))
    fails("train-images", data=os.path.join(folder, "idx"))
    images = struct.pack(">IIII", 0x803, 2, 2, 2) + bytes(8)
    labels = struct.pack(">II", 0x801, 2) + bytes([0, 1])
    path("idx/train-labels-idx1-ubyte", labels)
    for data, pattern in [(images[:-1], "truncated|bytes"),
                          (images + b"x", "train-images"),
                          (b"nonsense" * 4, "IDX")]:
        path("idx/train-images-idx3-ubyte", data)
        fails(pattern, data=os.path.join(folder, "idx"))
    saved = path("weights", b"ganglion-weights 1\n9999999 nonsense")
    fails("damaged", load=saved)


def addresses():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        at = "127.0.0.1:%d" % taken.getsockname()[1]
        fails("in use", command="node", name="a", listen=at)
        # Somebody listens there who never answers.
        fails("does not answer like a node|nothing was heard", nodes=at)
    fails("no node answers at", nodes=at)
    fails("no node answers at", command="node", name="a",
          listen="127.0.0.1:0", join=at)
    for wrong, pattern in (
            (["--advertise", "127.0.0.1:1"], "cannot reach itself"),
            (["--advertise", "no.such.host.invalid:1"], "no.such.host"),
            (["--insecure", "--listen", "0.0.0.0:0"],
             "every machine takes for itself.*--advertise")):
        if "--listen" not in wrong:
            wrong += ["--listen", "127.0.0.1:0"]
        node = subprocess.Popen([PROGRAM, "node", "--name", "a", *wrong],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True)
        try:
            expect_text("listens at", node.stdout.readline())
            expect_text(pattern, node.stderr.readline())
        finally:
            node.terminate()
            node.communicate(timeout=20)
    with Node("a") as a, Node("a") as b:
        fails("both named 'a'", nodes=f"{a.address},{b.address}")


def hostile(scratch):
    """Text that would take a terminal over, or fill it, comes out harmless."""
    evil = "\x1b]0;taken\x07\x1b[31m"
    for text in (evil, "y" * 100_000):
        def path(name, content):
            with open(os.path.join(scratch, name), "w") as f:
                f.write(content)
            return os.path.join(scratch, name)

        data = path("evil.csv", f"a,b,c,d,kind\n1,2,3,{text},x\n1,2,3,4,y\n")
        label = path("label.csv", f"1,2,3,4,0\n1,2,3,4,{text}\n")
        header = path("header.csv", f"{text},b,c\n1,2,x\n1,2,3\n")
        edges = path("edges.csv", f"{text},1,2\n3,{text}\n")
        settings = path("evil.conf", f"[train]\n{text} = 3\n")
        section = path("section.conf", f"[{text}]\nlr = 3\n")
        value = path("value.conf", f"[train]\nlr = {text}\n")
        script = path("evil.txt", "\n".join([
            text, "network mlp:4-8-3", f"network {text}", "deploy inside:2",
            f"show {text}", f"where hidden1[{text}]", f"fire {text}",
            f"set {text} 3", f"set hidden1[0].bias {text}", f"train {text}",
            f"train 1 epoch generate:20x4x3 loss {text}", f"move 4 to {text}",
            f"train {text} epochs", f"plan by {text}", f"load {text}",
            f"save {text}/{text}", f"help {text}", f"source {text}", f"'{text}",
            f"test {text}", f"picture {text}", f"watch {text}"]))
        given = text if len(text) < 50_000 else text[:50_000]
        for status, arguments in (
                (1, ["train", *good(data=data)]),
                (1, ["train", *good(data=label)]),
                (1, ["train", *good(data=header)]),
                (1, ["train", *good(by=given)]),
                (1, ["train", *good(by="count=" + given)]),
                (1, ["train", *good(nodes=given)]),
                (1, ["train", *good(network=given)]),
                (1, ["train", *good(schedule=given)]),
                (1, ["train", *good(validation=given)]),
                (1, ["train", *good(optimizer=given)]),
                (2, ["train", *good(batch=given)]),
                (2, ["train", "--" + given]),
                (1, ["plan", "--network", f"edges:{edges}", "--nodes", "a"]),
                (1, ["predict", "--model", scratch, "--commit", given,
                     "--data", data]),
                (2, ["--config", settings, "train", *good()]),
                (2, ["--config", section, "train", *good()]),
                (2, ["--config", value, "train", *good()]),
                (1, ["repl", "--keep-going", script])):
            out, err = run(*arguments, status=status)
            shown = (out + err).replace("\n", "")
            expect(shown.isprintable(), f"{arguments[0]}: {shown[:300]!r}")
            expect(all(len(x) < 3000 for x in err.splitlines())
                   and len(err) < 20_000,
                   f"{arguments[0]} {str(arguments)[:200]}: {len(err)} bytes: "
                   f"{err[:300]}")


def good(**changes):
    options = {**GOOD, **{"--" + k: v for k, v in changes.items()}}
    return [x for pair in options.items() for x in pair]


placement()
descriptors()
misspelt()
options()
with tempfile.TemporaryDirectory() as scratch:
    files(scratch)
    hostile(scratch)
addresses()
