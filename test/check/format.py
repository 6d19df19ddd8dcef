"""All sources are as clang-format 14 lays them out: run scripts/format."""
import re
import shutil
import subprocess
import sys

from rule import ROOT, run

TOOL = shutil.which("clang-format-14") or shutil.which("clang-format")
# Other releases lay out some lines differently.
if not TOOL or " 14." not in subprocess.check_output([TOOL, "--version"],
                                                     text=True):
    print("skipped: no clang-format 14 here")
    sys.exit(77)


def check(path, text):
    result = subprocess.run(
        [TOOL, f"--style=file:{ROOT}/.clang-format",
         f"--assume-filename={ROOT}/{path}", "--dry-run"],
        input=text, capture_output=True, text=True, check=True)
    first = re.search(r":(\d+):\d+: warning", result.stderr)
    if first:
        yield int(first[1]), "not formatted: run scripts/format"


run(check, bad=[("a.cpp", "int  main( ){return 0 ;}\n")],
    good=[("a.cpp", "int main() {\n  return 0;\n}\n")])
