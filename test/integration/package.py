"""The installed library is enough to build and run a program with it."""
# test: timeout=300
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from program import expect, expect_text

SOURCE = Path(os.environ["SOURCE_DIR"])
BUILD = Path(os.environ["BUILD_DIR"])


def call(*arguments):
    result = subprocess.run([str(x) for x in arguments], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        sys.exit(f"FAILED: {arguments}\n{result.stdout}")
    return result.stdout


def check_headers(include):
    """Those are public that the umbrella needs, and they name each other in a
    way that needs nothing but include/."""
    headers = sorted(include.rglob("*.hpp"))
    names = {str(x.relative_to(include)) for x in headers}
    expect("ganglion/runtime/training/trainer.hpp" in names, "the trainer's header")
    expect("ganglion/actors/group.hpp" not in names, "no inner headers")
    for header in headers:
        text = header.read_text()
        expect(not re.search(r'#\s*include "', text), f"no quotes in {header}")
        for name in re.findall(r"#\s*include <(ganglion/[^>]+)>", text):
            expect(name in names, f"{name}, which {header} includes")


with tempfile.TemporaryDirectory() as scratch:
    prefix, project = Path(scratch, "prefix"), Path(scratch, "project")
    call("cmake", "--install", BUILD, "--prefix", prefix)
    check_headers(prefix / "include")
    shutil.copytree(SOURCE / "test/package", project)
    shutil.copy(SOURCE / "examples/01_hello.cpp", project / "hello.cpp")
    call("cmake", "-S", project, "-B", project / "build", "-G", "Ninja",
         "-DCMAKE_BUILD_TYPE=Debug", f"-DCMAKE_PREFIX_PATH={prefix}",
         "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
    commands = (project / "build/compile_commands.json").read_text()
    expect(str(SOURCE) not in commands, "no sources of ours in sight")
    expect("-Wall" not in commands, "a program has flags of its own")
    call("cmake", "--build", project / "build")
    expect_text("1 xor 0 = 1", call(project / "build/hello"))
    expect_text("Usage", call(prefix / "bin/ganglion", "--help"))
    # A program that wants another minor version is told so.
    (project / "CMakeLists.txt").write_text(
        (project / "CMakeLists.txt").read_text().replace("0.1", "0.2"))
    other = subprocess.run(
        ["cmake", "-S", project, "-B", project / "other",
         f"-DCMAKE_PREFIX_PATH={prefix}"], capture_output=True, text=True)
    expect(other.returncode != 0, "version 0.2 is not found")
