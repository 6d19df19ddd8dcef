"""The code in docs/TUTORIAL.md is that of the examples."""
import subprocess
import sys

from rule import ROOT

TOOL = ROOT / "scripts/tutorial"

sys.exit(subprocess.run([sys.executable, "-B", TOOL, "--check"]).returncode)
