# test: timeout=200 alone
"""examples/cluster/run --nfs: trains, commits and predicts on real NFS."""
import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
done = subprocess.run(
    [f"{ROOT}/examples/cluster/run", "--nfs", "--network", "mlp:64-256-128-10",
     "--data", "generate:4000x64x10", "--epochs", "2"],
    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
print(done.stdout)
if done.returncode != 0:
    sys.exit(done.returncode)
# Two epochs of 4000 samples in batches of 128; both were committed, and the
# last one answers on the three nodes as it did when it was trained.
trained = re.search(r"test accuracy +(\d+\.\d+ %)", done.stdout)
asked = re.search(r"commit 1-64: step 64, test accuracy (\d+\.\d+ %)",
                  done.stdout)
if not trained or not asked or trained[1] != asked[1]:
    sys.exit("FAILED: predictions of commit 1-64 as accurate as the training")
if not re.search(r"(?m)^1-32 ", done.stdout):
    sys.exit("FAILED: the commit of the first epoch in the log")
