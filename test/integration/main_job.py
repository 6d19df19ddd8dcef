"""The main job: three processes, Fashion-MNIST, at least 87 % in a minute."""
# test: timeout=200 alone
import re

from program import expect, run

out, err = run("demo", limit=190)
accuracy = float(re.search(r"test accuracy ([0-9.]+) %", out)[1])
expect(accuracy >= 87, f"87 % test accuracy, not {accuracy}")
expect("epoch 10" in err and "across" in err, "progress with bytes")
expect("Ankle boot" in out and "predicted" in out, "pictures and a table")
