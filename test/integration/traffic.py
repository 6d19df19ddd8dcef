"""Bytes between nodes, counted at the sockets, are what the plan said."""
# test: timeout=120 sanitizers
import json

from program import expect, run, train_json

CASES = [
    ("mlp:64-96-80-10", "inside:3", "percentage=50,30,20", 4),
    ("mlp:64-96-80-10", "inside:3", "percentage=37,33,30", 1),
    ("mlp:64-96-80-10", "local:2", "layers=a:1+3,b:2", 2),
    ("mlp:64-128-128-64-10", "inside:4", "count=60,100,90,rest", 1),
]
BATCH = 128
SAMPLES = 128 * 40

for network, nodes, by, micro in CASES:
    same = ["--network", network, "--by", by, "--batch", BATCH,
            "--micro-batches", micro, "--threads", 2]
    names = ",".join("abcd"[:int(nodes.split(":")[1])])
    plan = json.loads(run("plan", *same, "--nodes", names, "--json")[0])
    result = train_json(*same, "--nodes", nodes, "--data",
                        f"generate:{SAMPLES}x64x10", "--epochs", 1)
    steps = result["steps"]
    expect(steps == SAMPLES // BATCH, "all steps")
    total = plan["training_bytes_per_step"] * steps
    ratio = result["bytes_between_nodes"] / total
    print(f"{network} {by}: measured / planned = {ratio:.4f}")
    expect(0.95 < ratio < 1.05, f"bytes within 5 % of the plan, not {ratio}")
    planned = {(x["from"], x["to"]): x["training_bytes_per_step"] * steps
               for x in plan["links"]}
    for link in result["links"]:
        want = planned.get((link["from"], link["to"]), 0)
        # Heartbeats, too, on links that carry nothing.
        expect(abs(link["bytes"] - want) <= 0.05 * want + 1000,
               f"{link} against {want} in the plan")
    expect(plan["placement"] == result["placement"], "the same placement")
