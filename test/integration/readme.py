"""The commands of the README do what it says."""
# test: timeout=150 alone
import os
import re
import subprocess

from program import PROGRAM, expect, expect_text, run

with open(os.path.join(os.environ["SOURCE_DIR"], "README.md")) as f:
    commands = re.findall(r"^ganglion (.*)$", f.read(), re.MULTILINE)

expect(len(commands) >= 11, "the README's commands")
nodes = []
try:
    for command in commands:
        arguments = command.split()
        if arguments[0] == "node":
            node = subprocess.Popen([PROGRAM, *arguments], text=True,
                                    stdout=subprocess.PIPE)
            nodes.append(node)
            lines = []
            while not lines or "listens at" not in lines[-1]:
                lines.append(node.stdout.readline())
                expect(lines[-1], f"a node that listens: {command}")
            if "--join" in arguments:
                expect_text("joined node 'a'", "".join(lines))
            continue
        out, _ = run(*arguments)
        if arguments[0] == "verify":
            expect_text("equal to the bit", out)
        if arguments[0] == "train":
            expect_text("test accuracy +8[0-9]", out)
finally:
    for node in nodes:
        node.terminate()
    for node in nodes:
        node.wait(timeout=20)
