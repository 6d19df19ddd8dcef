"""`ganglion bench` measures what it says, and refuses what makes no sense."""
# test: timeout=120
import json

from program import expect, expect_text, run

for kind, more in (("train", ["--nodes", "inside:2", "--by", "percentage=50,50",
                              "--micro-batches", "2"]),
                   ("train", ["--nodes", "local:2", "--optimizer", "adam"]),
                   ("infer", ["--batch", "1"])):
    out, _ = run("bench", kind, "--network", "mlp:20-32-16-4", "--seconds",
                 "0.3", "--threads", "1", "--json", *more)
    result = json.loads(out)
    expect(result["throughput"]["best"] >= result["throughput"]["median"] > 0,
           f"a throughput: {out}")
    latency = result["latency_us"]
    expect(latency["p99"] >= latency["p50"] > 0, f"a latency: {out}")
    expect(result["peak_rss_bytes"] > 2**20, f"a peak: {out}")
    crossing = result["bytes_between_nodes_per_sample"]
    expect((crossing > 0) == ("--nodes" in more), f"bytes that cross: {out}")

out, _ = run("bench", "train", "--network", "mlp:20-32-4", "--seconds", "0.2")
expect_text("samples/s", out)

for bad in (["--seconds", "0"], ["--batch", "0"], ["--in-flight", "0"]):
    _, err = run("bench", "infer", "--network", "mlp:8-4-2", *bad, status=1)
    expect_text(bad[0], err)
