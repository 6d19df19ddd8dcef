"""Unit tests wait for events: time slept is lost, and never long enough."""
import re

from rule import UNIT_TESTS, run, under, without_comments

SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(")


def check(path, text):
    if under(path, UNIT_TESTS):
        for number, line in enumerate(text.splitlines(), 1):
            if SLEEP.search(without_comments(line)):
                yield number, f"sleeps: {line.strip()}"


run(check,
    bad=[("test/actors/a.cpp", "std::this_thread::sleep_for(1s);\n"),
         ("test/runtime/a.cpp", "::usleep (100);\n")],
    good=[("test/actors/a.cpp", "wait_for(1s); // sleep_for() would not do\n"),
          ("test/integration/a.cpp", "std::this_thread::sleep_for(1s);\n")])
