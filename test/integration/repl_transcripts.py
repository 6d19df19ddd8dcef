"""Sessions at the prompt give what their transcripts say.

Transcripts are the files test/repl/*.txt, and the blocks of docs/REPL.md that
have lines with "> ", which together are one session. Files that sessions read are those in
test/repl/*.csv, and the blocks that begin with "# NAME.csv". Numbers with a point
depend on the processor's arithmetic and are compared by their places alone, as
are hashes and bars. With the argument "update", what the program says now is
written into the files: read the difference before you believe it.
"""
# test: timeout=120 sanitizers
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

from program import LIMIT, PROGRAM, expect

SOURCE = os.environ["SOURCE_DIR"]
FILE = re.compile(r"^```\n(# (\S+\.csv).*?\n)^```$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```\n(> .*?)^```$", re.MULTILINE | re.DOTALL)


def session(commands, folder):
    """What the program shows for these commands."""
    result = subprocess.run(
        [PROGRAM, "repl", "--batch", "--echo", "--keep-going"],
        input="".join(x + "\n" for x in commands), text=True, cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT,
        env={**os.environ, "NO_COLOR": "1"})
    lines = result.stdout.splitlines()
    if result.returncode:
        expect(re.match(r"ganglion: \d+ commands? failed$", lines[-1]),
               f"a count of what failed, not: {lines[-1]}")
        lines.pop()
    return lines


def commands_of(lines):
    return [x[2:] for x in lines if x.startswith("> ")]


def masked(line):
    """What does not depend on the processor. Padding goes with the numbers."""
    line = re.sub(r"\b[0-9a-f]{64}\b", "HASH", line)
    line = re.sub(r" [#-]+$", "", line)
    line = re.sub(r"^( *\S* \|).*", r"\1 PLOT", line)
    line = re.sub(r"-?\d+\.\d+(e[-+]\d+)?", "N", line)
    return re.sub(r"\s+", " ", line).rstrip()


def compare(name, want, got):
    for line in got:
        # An error is one line, however long.
        expect(len(line) <= 80 or line[0] not in " >", f"{name}: longer than 80 columns: {line}")
    for i in range(max(len(want), len(got))):
        a = want[i] if i < len(want) else "(nothing)"
        b = got[i] if i < len(got) else "(nothing)"
        if masked(a) != masked(b):
            context = "\n".join(got[max(i - 8, 0):i])
            sys.exit(f"FAILED: {name}: after\n{context}\nexpected: {a}\n"
                     f"     not: {b}")


def check_file(path, update):
    with open(path) as f:
        want = f.read().splitlines()
    with tempfile.TemporaryDirectory() as folder:
        for source in glob.glob(os.path.join(SOURCE, "test/repl/*.csv")):
            shutil.copy(source, folder)
        got = session(commands_of(want), folder)
    if update:
        with open(path, "w") as f:
            f.write("".join(x + "\n" for x in got))
    else:
        compare(path, want, got)
    return commands_of(want)


def check_docs(path, update):
    with open(path) as f:
        text = f.read()
    blocks = [x.splitlines() for x in BLOCK.findall(text)]
    commands = [x for block in blocks for x in commands_of(block)]
    with tempfile.TemporaryDirectory() as folder:
        for content, name in FILE.findall(text):
            with open(os.path.join(folder, name), "w") as f:
                f.write(content)
        got = session(commands, folder)
    if not update:
        compare(path, [x for block in blocks for x in block], got)
        return commands
    # Each block gets what belongs to its commands.
    starts = [i for i, x in enumerate(got) if x.startswith("> ")] + [len(got)]
    position = 0
    answers = []
    for block in blocks:
        end = position + len(commands_of(block))
        answers.append("\n".join(got[starts[position]:starts[end]]) + "\n")
        position = end
    answer = iter(answers)
    with open(path, "w") as f:
        f.write(BLOCK.sub(lambda _: f"```\n{next(answer)}```", text))
    return commands


update = sys.argv[1:] == ["update"]
files = sorted(glob.glob(os.path.join(SOURCE, "test/repl/*.txt")))
expect(files, "transcripts")
for file in files:
    check_file(file, update)
shown = check_docs(os.path.join(SOURCE, "docs/REPL.md"), update)

# The README's session works.
with open(os.path.join(SOURCE, "README.md")) as f:
    commands = re.findall(r"^ganglion> (.*)$", f.read(), re.MULTILINE)
expect(len(commands) >= 5, "the README's session at the prompt")
answer = session(commands, "/")
expect(answer[-1].startswith("outputs for the last input: equal to the bit"),
       "the README's session ends with equal bits:\n" + "\n".join(answer))

# The documentation shows every command there is.
listed = session(["help"], "/")[1:-1]
expect(len(listed) <= 22, f"help fits a terminal of 24 rows: {len(listed)}")
verbs = [x for line in listed for x in line[:21].strip().split(", ")]
expect("undo" in verbs and "diff" in verbs, f"verbs in the help: {verbs}")
for verb in verbs:
    expect(any(x == verb or x.startswith(verb + " ") for x in shown),
           f"docs/REPL.md: an example of '{verb}'")
    example = session(["help " + verb], "/")[-1]
    expect(example.startswith(f"for example: {verb}"),
           f"an example in 'help {verb}', not: {example}")
