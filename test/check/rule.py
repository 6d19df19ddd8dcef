"""What the structure checks share: the list of sources, and the self-test.

A check calls run() with a function of (path, text) that yields complaints as
(line number, message), with examples that it must find fault with, and with
examples that it must let pass.
"""
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("metadata", "distributor", "actors", "runtime", "examples")
UNIT_TESTS = ("test/metadata", "test/distributor", "test/actors",
              "test/runtime")


def sources(suffixes):
    """Files that git knows or would add; all files where there is no git."""
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"],
        capture_output=True, text=True)
    if listing.returncode == 0:
        names = listing.stdout.splitlines()
    else:
        names = [str(x.relative_to(ROOT)) for x in ROOT.rglob("*")
                 if x.relative_to(ROOT).parts[0] not in ("build", ".git")]
    return [x for x in sorted(set(names))
            if Path(x).suffix in suffixes and (ROOT / x).is_file()]


def under(path, folders):
    return any(path.startswith(folder + "/") for folder in folders)


def without_comments(line):
    return line.split("//", 1)[0]


def run(check, bad, good, suffixes=(".cpp", ".hpp")):
    for path, text in bad:
        if not list(check(path, text)):
            sys.exit(f"self-test: no fault found with {path}:\n{text}")
    for path, text in good:
        for line, message in check(path, text):
            sys.exit(f"self-test: {path}:{line}: {message}\n{text}")
    faults = 0
    files = sources(suffixes)
    for path in files:
        for line, message in check(path, (ROOT / path).read_text()):
            print(f"{path}:{line}: {message}")
            faults += 1
    print(f"{len(files)} files, {faults} faults; "
          f"{len(bad) + len(good)} examples judged rightly")
    sys.exit(1 if faults or not files else 0)
