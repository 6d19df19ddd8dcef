"""Notes to oneself and switched-off code stay out of the product."""
import re

from rule import PRODUCT, run, under

NOTE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
SWITCHED_OFF = re.compile(r"^\s*#\s*if\s+0\b")


def check(path, text):
    if under(path, PRODUCT):
        for number, line in enumerate(text.splitlines(), 1):
            if NOTE.search(line) or SWITCHED_OFF.match(line):
                yield number, f"left over: {line.strip()}"


run(check,
    bad=[("actors/a.cpp", "// TODO: later\n"),
         ("runtime/cli/a.cpp", "int x; // FIXME\n"),
         ("metadata/a.hpp", "# if 0\n")],
    good=[("metadata/a.hpp", "int TODOS; // what is to do\n#if 01\n"),
          ("test/actors/a.cpp", "// TODO\n")])
