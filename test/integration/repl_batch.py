"""Scripts for the prompt: where they end, and what they say then."""
# test: timeout=60 sanitizers
import os
import signal
import subprocess
import tempfile

from program import LIMIT, PROGRAM, expect, expect_text, run


def batch(text, *arguments, status=0):
    result = subprocess.run([PROGRAM, "repl", *arguments], input=text,
                            capture_output=True, text=True, timeout=LIMIT)
    expect(result.returncode == status,
           f"status {status}, not {result.returncode}: {text!r}\n"
           f"{result.stdout}{result.stderr}")
    return result.stdout, result.stderr


scratch = tempfile.TemporaryDirectory()
os.chdir(scratch.name)


def write(name, text):
    with open(name, "w") as f:
        f.write(text)
    return name


# A script ends at the first error, which names its line.
out, err = batch("network mlp:2-3\n\n# a comment\nfire 1\nnetwork\n", "--batch",
                 status=1)
expect(err.startswith("ganglion: line 4: the network is not deployed"), err)
expect(err.count("\n") == 1, f"one line: {err}")
expect(out.count("weights and biases") == 1, f"nothing after the error: {out}")
expect("ganglion>" not in out and "\x1b" not in out, f"no prompt: {out!r}")

# So it does without --batch, where there is no terminal.
_, err = batch("nonsense\n", status=1)
expect_text("line 1: there is no command 'nonsense'", err)

# quit ends it without an error.
out, err = batch("help\nquit\nnonsense\n", "--batch")
expect_text("fire, watch +Ask", out)
expect(err == "", err)

# --keep-going goes on; the status tells all the same.
out, err = batch("nonsense\nnetwork mlp:2-3\nfoo\n", "--keep-going", status=1)
expect_text("weights and biases", out)
expect_text(r"line 1: .*\nline 3: .*\nganglion: 2 commands failed", err)

# Files: as an argument, and in each other.
inner = write("inner.txt", "fire 1 2\n")
write("outer.txt", f"network mlp:2-3\ndeploy inside:1\nsource {inner}\n")
out, _ = run("repl", "outer.txt")
expect_text(r"output answers", out)
write("inner.txt", "\nfire 1\n")
_, err = run("repl", "outer.txt", status=1)
expect_text(r"outer.txt:3: inner.txt:2: fire: expected 2 values", err)
write("circle.txt", "source circle.txt\n")
_, err = run("repl", "circle.txt", status=1)
expect_text("expected no circle", err)
_, err = run("repl", "nowhere.txt", status=1)
expect_text("cannot read 'nowhere.txt'", err)

# Ctrl-C ends a script, with the step that was under way.
script = write("long.txt", "network mlp:4-8-3\ndeploy inside:2\n"
               "fire 1 2 3 4\ntrain 1000000 epochs generate:150x4x3\nnetwork\n")
with subprocess.Popen(["stdbuf", "-oL", PROGRAM, "repl", "--echo", script],
                      text=True, stdout=subprocess.PIPE,
                      stderr=subprocess.PIPE) as process:
    for line in process.stdout:
        if line.startswith("> train"):
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT)
    expect(process.returncode == 1, f"status 1, not {process.returncode}")
    expect_text(r"long.txt:4: stopped after \d+ steps", err)
    expect("network" not in out, f"nothing after that: {out}")

# A model that the prompt saves is one for the other commands: a training goes
# on with it, and ends with the weights of one that was never at the prompt.
batch("network mlp:4-8-3\ndeploy inside:3 by percentage=50,30,20\n"
      "train 2 epochs generate:90x4x3 batch 16\nsave model/\n", "--batch")
out, _ = run("train", "--model", "model", "--resume", "--epochs", 4, "--nodes",
             "inside:2", "--log-level", "quiet")
want, _ = run("train", "--network", "mlp:4-8-3", "--block-size", 1, "--data",
              "generate:90x4x3", "--batch", 16, "--epochs", 4, "--log-level",
              "quiet")
digest = [x for x in want.splitlines() if "sha256" in x]
expect(digest and digest[0] in out, f"the same weights:\n{out}\n{want}")
