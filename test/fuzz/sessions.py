"""What both fuzzers of the protocol share: options, seeds, transcripts."""
import argparse
import os
import random
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "../attack"))


def options(what):
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--session", type=int,
                        help="only the session of this number")
    parser.add_argument("--all", action="store_true",
                        help="go on after a failure, with new processes")
    return parser.parse_args()


class Session:
    """One dialogue: its random source, and a transcript for who reads it."""

    def __init__(self, seed, number):
        self.seed = seed
        self.number = number
        self.draw = random.Random(f"{seed} {number}")
        self.lines = []

    def say(self, line):
        self.lines.append(line)

    def chance(self, probability):
        return self.draw.random() < probability

    def failure(self, why):
        """What is needed to see it again."""
        return "\n".join([str(why), "transcript:", *self.lines,
                          f"again: --seed {self.seed} --session "
                          f"{self.number}"])


def each(chosen, victim):
    """Runs all sessions with a `victim`, a context manager with run(session)
    and end(); with --all, with a new one after each failure. How many failed.
    """
    todo = sessions(chosen)
    failed = 0
    while True:
        with victim() as target:
            session = None
            try:
                for session in todo:
                    target.run(session)
                target.end()
                return failed
            except SystemExit as why:
                failed += 1
                print(session.failure(why) if session else why, flush=True)
                if not chosen.all:
                    return failed


def sessions(chosen):
    """Numbered sessions until the time is over, or the chosen one."""
    if chosen.session is not None:
        yield Session(chosen.seed, chosen.session)
        return
    print(f"seed {chosen.seed}, {chosen.seconds:.0f} s", flush=True)
    end = time.monotonic() + chosen.seconds
    number = 0
    while time.monotonic() < end:
        yield Session(chosen.seed, number)
        number += 1
    print(f"{number} sessions", flush=True)
