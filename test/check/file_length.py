"""A file that grows past 300 lines wants to be two."""
from rule import run

LIMIT = 300


def check(_, text):
    lines = text.count("\n")
    if lines > LIMIT:
        yield LIMIT + 1, f"{lines} lines: {LIMIT} are the limit"


run(check, bad=[("a.cpp", "\n" * (LIMIT + 1))],
    good=[("a.cpp", "\n" * LIMIT)])
