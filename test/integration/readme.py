"""The commands of the README do what it says."""
# test: timeout=200 alone
import os
import re
import shlex
import subprocess
import tempfile

from program import PROGRAM, expect, expect_text, run

with open(os.path.join(os.environ["SOURCE_DIR"], "README.md")) as f:
    commands = re.findall(r"^ganglion (.*)$", f.read(), re.MULTILINE)

expect(len(commands) >= 14, "the README's commands")
nodes = []
scratch = tempfile.TemporaryDirectory()
os.chdir(scratch.name)
PUBLISHED = "stories260K"
if "GANGLION_TEST_DATA" in os.environ:
    os.symlink(os.path.join(os.environ["GANGLION_TEST_DATA"], PUBLISHED),
               PUBLISHED)
else:
    print(f"skipped: {PUBLISHED} (GANGLION_TEST_DATA is not set)")
    commands = [x for x in commands if "stories" not in x]
try:
    for command in commands:
        arguments = shlex.split(command.replace("/mnt/models", scratch.name))
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
        if arguments[0] == "status":
            expect_text("(?m)^a .*127.0.0.1:4701", out)
        if arguments[0] == "generate":
            expect_text("there was a little girl named Lily", out)
        if arguments[0] == "predict":
            expect_text("test accuracy 8[0-9]", out)
finally:
    for node in nodes:
        node.terminate()
    for node in nodes:
        node.wait(timeout=20)
    os.chdir("/")
    scratch.cleanup()
