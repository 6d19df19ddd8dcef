"""FIFOs, devices and directories in the place of files, names that are no text:
each command says so at once."""
# test: timeout=120
import os
import subprocess
import tempfile

from program import PROGRAM, expect, expect_text, run

JOB = ["--network", "mlp:4-8-3", "--data", "generate:60x4x3", "--batch", "10",
       "--epochs", "1"]


def fails(pattern, *arguments, status=1, **more):
    _, err = run(*arguments, status=status, limit=30, **more)
    expect_text(pattern, err)
    expect("terminate" not in err and len(err) < 2000, f"a short error: {err}")


def files(fifo):
    folder = os.path.dirname(fifo)
    # What may be replaced, should it be: the machine needs its own.
    device = os.path.join(folder, "device")
    os.symlink("/dev/full", device)
    for path, what in [(fifo, "it is a FIFO"), (device, "it is a device"),
                       (folder, "it is a directory")]:
        named = f"'{path}': {what}"
        fails(named, "train", *JOB, "--load", path)
        fails(named, "plan", "--network", f"edges:{path}", "--nodes", "a")
        fails(named, "plan", "--network", "mlp:4-8-3", "--nodes", "a", "--by",
              f"identifiers=@{path}")
        fails(named, "plan", *JOB[:2], "--nodes", "a", "--config", path,
              status=2)
        fails(named, "plan", *JOB[:2], "--nodes", "a", status=2,
              env={"GANGLION_CONFIG": path})
        fails(named, "repl", path)
        fails(named, "model", "import", path, path + "-model", *JOB[:2])
    fails(f"'{fifo}': it is a FIFO", "train", *JOB[:2], "--data", fifo)
    expect(os.path.islink(device), "the device is still there")
    # The usual way to say: no configuration.
    run("plan", *JOB[:2], "--nodes", "a", "--config", "/dev/null")


def models(folder):
    """What a command reads of a model by itself."""
    model = os.path.join(folder, "model")
    run("train", *JOB, "--model", model)
    fails("No space left", "predict", "--model", model, "--data", JOB[3],
          "--output", os.path.join(folder, "device"))
    for part in ("network", "manifests/" + os.listdir(f"{model}/manifests")[0]):
        path = os.path.join(model, part)
        os.rename(path, path + "-kept")
        os.mkfifo(path)
        fails(f"'{path}'.*it is a FIFO", "predict", "--model", model, "--data",
              JOB[3])
        fails("it is a FIFO", "train", "--model", model, "--resume", "--epochs",
              "2")
        os.remove(path)
        os.rename(path + "-kept", path)


def names():
    for name in [b"\xff", b"a,b", b"a b", b"", b"x" * 65, b"a\nb", b"a=b"]:
        found = subprocess.run([PROGRAM, "node", "--name", name, "--listen",
                                "127.0.0.1:0"], capture_output=True, timeout=30)
        text = found.stderr.decode()
        expect(found.returncode != 0, f"no node named {name}")
        if name:
            expect_text("node name '.*take 1 to 64", text)
    found = subprocess.run([PROGRAM, "plan", *JOB[:2], "--json", "--nodes",
                            b"a,\xff"], capture_output=True, timeout=30)
    expect_text("is not UTF-8", found.stderr.decode())
    found = subprocess.run([PROGRAM, "train", *JOB, "--model", b"/tmp/\xff"],
                           capture_output=True, timeout=30)
    expect_text("the path of a model .* is not UTF-8", found.stderr.decode())
    expect(found.returncode == 1, "an error")


with tempfile.TemporaryDirectory() as scratch:
    at = os.path.join(scratch, "fifo.csv")
    os.mkfifo(at)
    files(at)
    models(scratch)
    names()
