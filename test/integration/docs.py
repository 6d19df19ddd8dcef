"""Every command in the documentation has the options that it is shown with."""
# test: timeout=60
import glob
import os
import re
import shlex

from program import expect, run

known = {}


def help_of(words):
    """The help of a command, and how many of the words name it."""
    count = 1
    if words[0] in ("bench", "model") and len(words) > 1:
        count = 2
    key = " ".join(words[:count])
    if key not in known:
        known[key] = run(*words[:count], "--help")[0]
    return known[key], count


def commands_in(text):
    for block in re.findall(r"^ *```\n(.*?)^ *```", text, re.M | re.S):
        for line in block.replace("\\\n", " ").splitlines():
            line = line.split(" #", 1)[0].strip()
            if line.startswith("ganglion "):
                yield shlex.split(line)[1:]


checked = 0
source = os.environ["SOURCE_DIR"]
for path in [f"{source}/README.md", *glob.glob(f"{source}/docs/*.md")]:
    with open(path) as f:
        text = f.read()
    for words in commands_in(text):
        explained, count = help_of(words)
        for word in words[count:]:
            option = word.split("=", 1)[0]
            if option.startswith("--"):
                expect(re.search(rf"^ +{option}\b", explained, re.M),
                       f"{option} of 'ganglion {' '.join(words)}' in {path}")
        checked += 1
expect(checked >= 25, f"commands in the documentation: {checked}")
