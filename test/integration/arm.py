"""64-bit Arm computes the bits of this machine: the kernels' own files, which
need no other library, compiled for it and run by qemu."""
# test: timeout=600
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from program import expect

SOURCE = pathlib.Path(os.environ["SOURCE_DIR"])
NATIVE = os.environ["KERNEL_DIGESTS"]
COMPILER = shutil.which("aarch64-linux-gnu-g++")
EMULATOR = shutil.which("qemu-aarch64")
FILES = ["test/arm/digests.cpp", "actors/kernel/functions/circular.cpp",
         "actors/kernel/functions/functions.cpp", "actors/kernel/philox.cpp",
         "actors/kernel/products/bias_gradient.cpp",
         "actors/kernel/products/leaves.cpp",
         "actors/kernel/products/products.cpp",
         "actors/kernel/products/scratch.cpp",
         "metadata/values/portable_math.cpp"]

if not COMPILER or not EMULATOR:
    print("no compiler or no emulator for 64-bit Arm: scripts/setup --tests")
    sys.exit(77)

with tempfile.TemporaryDirectory() as folder:
    # The headers of Highway alone: others beside them are of this machine.
    highway = pathlib.Path(folder, "include")
    highway.mkdir()
    for base in ("/usr/include", "/usr/local/include"):
        if pathlib.Path(base, "hwy").is_dir():
            highway.joinpath("hwy").symlink_to(pathlib.Path(base, "hwy"))
            break
    program = str(pathlib.Path(folder, "digests"))
    # One instruction set, NEON, so that no library of Highway's is needed.
    subprocess.run([COMPILER, "-std=c++20", "-O1", "-ffp-contract=off",
                    "-static", "-DHWY_COMPILE_ONLY_STATIC", f"-I{SOURCE}",
                    f"-I{highway}", *(str(SOURCE / x) for x in FILES), "-o",
                    program], check=True)
    arm = subprocess.run([EMULATOR, program], check=True, capture_output=True,
                         text=True).stdout.splitlines()
own = subprocess.run([NATIVE], check=True, capture_output=True, text=True
                     ).stdout.splitlines()
for a, b in zip(own, arm, strict=True):
    expect(a == b, f"this machine says {a}, Arm {b}")
print(len(arm), "digests equal")
