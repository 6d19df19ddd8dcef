"""The prompt works on nodes that run by themselves, and survives their end."""
# test: timeout=60 sanitizers
import signal
import subprocess

from program import LIMIT, PROGRAM, Node, expect, expect_text


class Session:
    """A script that is written as it goes; answers end at the next command."""

    def __init__(self):
        self.process = subprocess.Popen(
            ["stdbuf", "-oL", PROGRAM, "repl", "--batch", "--keep-going",
             "--echo"], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def run(self, command):
        """What the program says to one command."""
        self.process.stdin.write(command + "\n# end\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line == "> # end\n":
                return "".join(lines)
            lines.append(line)
        expect(False, f"an answer to '{command}'")

    def end(self):
        self.process.stdin.close()
        return self.process.wait(timeout=LIMIT)


with Node("left") as left, Node("right") as right, Session() as s:
    s.run("network mlp:4-8-3")
    nodes = f"{left.address},{right.address}"
    answer = s.run(f"deploy {nodes} by percentage=50,50 optimizer momentum")
    expect_text(r"left +5 neurons", answer)
    s.run("train 3 epochs generate:60x4x3 batch 7")
    expect_text(r"left -> right", s.run("move hidden1[0..2] to right"))
    s.run("train 3 epochs")
    expect_text("state: equal to the bit", s.run("compare single"))
    # What asks for the same nodes is told who has them.
    with Session() as other:
        other.run("network mlp:4-8-3")
        expect_text("busy with repl on", other.run(f"deploy {nodes}"))
    right.signal(signal.SIGKILL)
    answer = s.run("fire 1 2 3 4")
    expect_text("node 'right'.*(lost|connect)", answer)
    expect(answer.count("\n") == 2, f"one line besides the command: {answer}")
    expect_text("node 'right'", s.run("move hidden1 to left"))
    expect_text("free it", s.run("deploy inside:2"))
    s.run("free")
    expect_text(r"a +8 neurons", s.run("deploy inside:2"))
    expect_text("output answers", s.run("fire 1 2 3 4"))
    expect(s.end() == 1, "the status tells that something failed")
