"""Each source compiles alone: it, and each header that it begins with, includes
what it needs. The builds that read many files as one cannot see that. It takes
minutes: under CI=true."""
import json
import os
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/alone"


def errors(command, folder):
    """What the compiler's front end says against the file of a command."""
    command = command[:command.index("-o")] + ["-fsyntax-only", command[-1]]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return run.stderr if run.returncode != 0 else ""


def commands():
    """(command, folder) of each source."""
    prefix = subprocess.run([ROOT / "scripts/setup", "--tests"], check=True,
                            capture_output=True, text=True).stdout.strip()
    subprocess.run(["cmake", "--preset", "tidy", "-B", BUILD,
                    "-DCMAKE_UNITY_BUILD=OFF", "-DCMAKE_CXX_COMPILER_LAUNCHER=",
                    f"-DCMAKE_PREFIX_PATH={prefix}"],
                   cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    entries = json.loads((BUILD / "compile_commands.json").read_text())
    return [(shlex.split(x["command"]), x["directory"]) for x in entries]


def finds_the_defect():
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "x.cpp")
        source.write_text("std::string forgotten;\n")
        return "std" in errors(["clang++", "-o", "x.o", "-c", source], folder)


if not finds_the_defect():
    sys.exit("FAILED: clang does not find what it is to find")
if os.environ.get("CI") != "true":
    print("skipped: it runs under CI=true")
    sys.exit(77)
with ThreadPoolExecutor(os.cpu_count()) as pool:
    results = list(pool.map(lambda x: errors(*x), commands()))
failed = [x for x in results if x]
print(*failed, sep="\n")
if failed or not results:
    sys.exit(f"FAILED: {len(failed)} of {len(results)} sources do not compile"
             " alone, see above")
