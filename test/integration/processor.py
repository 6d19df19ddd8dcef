"""On a processor without AVX2 the program says so, and nothing else."""
import shutil
import subprocess
import sys

from program import PROGRAM, expect, expect_text

EMULATOR = shutil.which("qemu-x86_64")
if not EMULATOR:
    print("no emulator: scripts/setup --tests")
    sys.exit(77)

found = subprocess.run([EMULATOR, "-cpu", "Nehalem", PROGRAM, "--version"],
                       capture_output=True, text=True, timeout=100)
expect(found.returncode == 1 and not found.stdout, "it ends with status 1")
expect_text("lacks AVX2 and FMA .*x86-64-v3", found.stderr)
