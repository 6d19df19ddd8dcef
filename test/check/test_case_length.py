"""A test case has 30 lines from brace to brace at most, as functions have:
clang-tidy counts none that a macro of a system's header begins."""
from rule import run

LIMIT = 30


def check(_, text):
    begin = None
    heading = False
    for number, line in enumerate(text.splitlines(), 1):
        heading = heading or line.startswith("TEST_CASE")
        if heading and line.endswith("{"):
            begin, heading = number, False
        elif line == "}" and begin:
            if number - begin > LIMIT:
                yield begin, f"{number - begin} lines: {LIMIT} are the limit"
            begin = None


def case(lines):
    return 'TEST_CASE(\n  "x") {\n' + "  f();\n" * (lines - 1) + "}\n"


run(check, bad=[("a.cpp", case(LIMIT + 1))], good=[("a.cpp", case(LIMIT))])
