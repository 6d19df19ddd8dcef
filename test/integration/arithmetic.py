"""Nodes whose arithmetic differs refuse each other, unless told otherwise."""
# test: timeout=60
import sys

from program import Node, expect_text, run

OTHER = {"DNNL_MAX_CPU_ISA": "SSE41"}
JOB = ["--network", "mlp:20-32-10", "--data", "generate:200x20x10", "--by",
       "percentage=50,50", "--epochs", "1"]

with Node("a") as a, Node("b", env=OTHER) as b:
    _, err = run("train", *JOB, "--nodes", f"{a.address},{b.address}",
                 status=1)
    expect_text("'a' and 'b' compute differently|'b' and 'a' compute "
                "differently", err)
    expect_text("--any-arithmetic", err)

with Node("a", "--any-arithmetic") as a, \
     Node("b", "--any-arithmetic", env=OTHER) as b:
    run("train", *JOB, "--nodes", f"{a.address},{b.address}")

with Node("a") as a:
    out, err = run("node", "--name", "b", "--listen", "127.0.0.1:0", "--join",
                   a.address, status=1, env=OTHER)
    expect_text("compute differently", err)
