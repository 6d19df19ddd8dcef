"""Runs come and go: none of them leaves anything on its nodes."""
# test: timeout=200
from victims import (FULL, MIB, SLOW, Victim, case, expect, main, run,
                     wait_until)

RUNS = 1000 if FULL else 40
WARM = 10
TASK = ("--network", "mlp:20-16-10", "--data", "generate:60x20x10", "--batch",
        "20", "--epochs", "1", "--threads", "1", "--by", "percentage=50,50")


@case
def many_lives():
    """Short runs against two nodes: memory, threads, descriptors stay."""
    with Victim("a") as a, Victim("b", "--join", a.address) as b:
        def train(count):
            for _ in range(count):
                run("train", *TASK, "--nodes", f"{a.address},{b.address}",
                    limit=60 * SLOW)
        train(WARM)
        before = [(x.memory(), x.threads(), x.descriptors()) for x in (a, b)]
        train(RUNS)
        for x, (memory, threads, descriptors) in zip((a, b), before):
            wait_until(lambda x=x, n=threads: x.threads() <= n + 1,
                       f"node '{x.name}' has {threads} threads after {RUNS} "
                       "runs, as before")
            wait_until(lambda x=x, n=descriptors: x.descriptors() <= n + 2,
                       f"node '{x.name}' has {descriptors} descriptors after "
                       f"{RUNS} runs, as before")
            # What an allocator keeps, and then 8 KiB a run are far too much.
            grown = x.memory() - memory
            expect(grown < 4 * MIB + RUNS * 4096, f"node '{x.name}' grew by "
                   f"{grown} bytes in {RUNS} runs")
            x.expect_free(f"{RUNS} runs")


if __name__ == "__main__":
    main()
