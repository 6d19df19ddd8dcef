"""What a command writes lands where the user said, whatever that is, and what
could not be written is told, with a status that says so."""
# test: timeout=120
import os
import signal
import stat
import subprocess
import tempfile

from program import PROGRAM, Training, expect, expect_text, run

JOB = ["--network", "mlp:4-8-3", "--data", "generate:60x4x3", "--batch", "10",
       "--epochs", "1"]
PLAN = ["plan", "--network", "mlp:4-8-3", "--nodes", "a"]


def shell(command, status=0, **more):
    """Through a shell, which opens and closes streams."""
    result = subprocess.run(["bash", "-c", command], text=True, timeout=60,
                            capture_output=True,
                            env={**os.environ, "G": PROGRAM, **more})
    expect(result.returncode == status,
           f"{result.returncode}, not {status}: {command}\n{result.stderr}")
    return result.stdout, result.stderr


def places(folder):
    """Links, modes, names of others, devices."""
    at = lambda name: os.path.join(folder, name)
    real, link = at("real"), at("link")
    with open(real, "w") as f:
        f.write("before")
    os.chmod(real, 0o640)
    os.symlink("real", link)
    for other in ("link.new", "real.new"):
        with open(at(other), "w") as f:
            f.write("somebody's")
    run("train", *JOB, "--save", link)
    expect(os.path.islink(link), "a link stays one")
    expect(stat.S_IMODE(os.stat(real).st_mode) == 0o640, "the mode stays")
    for other in ("link.new", "real.new"):
        with open(at(other)) as f:
            expect(f.read() == "somebody's", "what is another's stays")
    with open(real, "rb") as f:
        expect(f.read(16) == b"ganglion-weights", "the weights are there")
    os.symlink("nothing-yet", at("dangling"))
    run("train", *JOB, "--plot", at("dangling"))
    expect(os.path.isfile(at("nothing-yet")), "a link may lead to a new file")
    os.symlink("/dev/full", at("device"))
    for option in ("--save", "--plot"):
        _, err = run("train", *JOB, option, at("device"), status=1)
        expect_text("No space left", err)
        _, err = run("train", *JOB, option, folder, status=1)
        expect_text("it is a directory", err)
    expect(os.path.islink(at("device")), "a device stays one")
    expect(sorted(os.listdir(folder)) == sorted(
        ["real", "link", "link.new", "real.new", "dangling", "nothing-yet",
         "device"]), f"nothing else: {os.listdir(folder)}")


def predictions(folder, model):
    expected = run("predict", "--model", model, "--data", JOB[3], "--output",
                   "-")[0]
    for path in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
        out, err = run("predict", "--model", model, "--data", JOB[3],
                       "--output", path)
        expect(out == expected, f"{path} is standard output")
        expect_text("accuracy", err)
    fifo = os.path.join(folder, "fifo")
    os.mkfifo(fifo)
    with subprocess.Popen(["cat", fifo], stdout=subprocess.PIPE,
                          text=True) as reader:
        run("predict", "--model", model, "--data", JOB[3], "--output", fifo)
        expect(reader.communicate(timeout=20)[0] == expected, "the FIFO's way")
    expect(stat.S_ISFIFO(os.stat(fifo).st_mode), "a FIFO stays one")


def streams():
    plan = " ".join(f"'{x}'" for x in PLAN)
    for command in (f"{plan} --json", plan, "--help", "train --help",
                    "--version"):
        for where in (">/dev/full", ">&-"):
            _, err = shell(f"$G {command} {where}", status=1)
            expect_text("cannot write to standard output", err)
    job = " ".join(f"'{x}'" for x in JOB)
    # Nobody hears of the progress, but all of it is done.
    for where in ("2>&-", "2>/dev/full", "<&- 2>&-"):
        out, _ = shell(f"$G train {job} --nodes local:2 {where}")
        expect_text("sha256", out)
    _, err = shell("echo 'network mlp:4-8-3' | $G repl --batch >/dev/full",
                   status=1)
    expect_text("cannot write to standard output", err)


def formats(folder, model):
    at = lambda name: os.path.join(folder, name)
    for name in ("m.onnx", "m.pt", "m", "m.npz.txt"):
        _, err = run("model", "export", model, at(name), status=1)
        expect_text(r"\.safetensors.*\.npz", err)
        expect(not os.path.exists(at(name)), "nothing is written")
    for name in ("m.npz", "m.SAFETENSORS", "m.Onnx"):
        _, err = run("train", *JOB, "--save", at(name), status=1)
        expect_text("ganglion model export", err)
    _, err = run("repl", "--batch", input="network mlp:4-8-3\n"
                 f"deploy inside:1\nsave {at('x.npz')}\n", status=1)
    expect_text("ganglion model export", err)
    # The same weights from a model and from a file that --save wrote.
    run("train", *JOB, "--save", at("saved"))
    for ending in ("safetensors", "npz"):
        run("model", "export", model, at(f"1.{ending}"))
        run("model", "export", at("saved"), at(f"2.{ending}"))
        with open(at(f"1.{ending}"), "rb") as a, \
                open(at(f"2.{ending}"), "rb") as b:
            tail = 200 if ending == "npz" else 67 * 4
            expect(a.read()[-tail:] == b.read()[-tail:], "the same weights")
    with open(at("saved"), "r+b") as f:
        f.seek(-40, os.SEEK_END)
        f.write(b"?")
    _, err = run("model", "export", at("saved"), at("3.npz"), status=1)
    expect_text("damaged", err)


def interrupted(folder):
    """Ctrl-C keeps what there is."""
    at = lambda name: os.path.join(folder, name)
    with Training("--save", at("weights"), "--plot", at("plot.svg")) as x:
        x.wait_for_steps()
        x.process.send_signal(signal.SIGINT)
        status, said = x.end(30)
    expect(status != 0, "it was interrupted")
    expect_text("the weights so far are in", said)
    with open(at("plot.svg")) as f:
        expect_text("<svg", f.read())
    run("train", "--network", "mlp:20-64-32-10", "--data",
        "generate:2000x20x10", "--epochs", "1", "--load", at("weights"))


def nothing_left(model):
    out, err = run("train", "--model", model, "--resume", "--epochs", "1")
    expect_text("nothing was left to do", err)
    expect("loss" not in out, f"no loss of nothing: {out}")


def diverging(folder):
    """A training that has lost its mind ends, and loses nothing else."""
    model = os.path.join(folder, "diverged")
    wild = [*JOB[:-1], "3", "--optimizer", "sgd", "--lr", "1e30", "--nodes",
            "inside:2", "--by", "percentage=50,50"]
    _, err = run("train", *wild, "--model", model, "--commit-every", "1",
                 "--save", os.path.join(folder, "useless"), status=1)
    expect_text(r"diverged: the loss is nan at step 2, and weights are not "
                r"finite of neurons \d+-\d+ of layer 'hidden1' on node 'a'",
                err)
    expect(not os.path.exists(os.path.join(folder, "useless")),
           "no useless weights are saved")
    expect_text(r"\n1-1 ", run("model", "log", model)[0])
    out, err = run("train", *wild, "--model", model + "-on", "--on-nan",
                   "continue")
    expect_text("loss +nan", out)
    _, err = run("predict", "--model", model + "-on", "--data", JOB[3])
    expect_text("answers to 12 of 12 samples are not finite", err)
    out, _ = run("verify", *wild)
    expect_text("equal to the bit\nbut weights are not finite", out)
    file = os.path.join(folder, "odd.npz")
    run("model", "export", model + "-on", file)
    _, err = run("model", "import", file, model + "-again", *JOB[:2])
    expect_text("weights of 8 neurons of layer 'hidden1' are not finite", err)
    _, err = run("repl", "--batch", input="network mlp:4-8-3\ndeploy inside:1\n"
                 "train 2 epochs generate:60x4x3 batch 10 optimizer sgd "
                 "rate 1e30\n", status=1)
    expect_text("diverged", err)


with tempfile.TemporaryDirectory() as scratch:
    kept = os.path.join(scratch, "model")
    run("train", *JOB, "--model", kept)
    for number, test in enumerate((places, interrupted, diverging)):
        os.mkdir(os.path.join(scratch, str(number)))
        test(os.path.join(scratch, str(number)))
    predictions(scratch, kept)
    streams()
    formats(scratch, kept)
    nothing_left(kept)
