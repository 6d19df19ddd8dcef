"""Every folder of the product is a room: docs/ARCHITECTURE.md says what for."""
import re
import sys
from pathlib import Path

from rule import PRODUCT, ROOT, sources, under


def rooms(text):
    """The folders that the list under "The parts" names."""
    block = re.search(r"^## The parts\n+```\n(.*?)^```", text, re.S | re.M)
    named, parents = set(), []
    for line in block[1].splitlines() if block else []:
        found = re.match(r"( *)([\w]+)/ {2,}\S", line)
        if found and len(found[1]) % 2 == 0 and len(found[1]) <= 6:
            del parents[len(found[1]) // 2:]
            parents.append(found[2])
            named.add("/".join(parents))
    return named


def missing(paths, named):
    # examples/ is listed by the tutorial.
    folders = {str(Path(x).parent) for x in paths
               if under(x, PRODUCT) and not under(x, ["examples"])}
    return sorted(folders - named), sorted(
        x for x in named if not any(y.startswith(x + "/") for y in paths))


SAMPLE = """## The parts

```
a/       first
  b/     second
c/       third
           that says more
```
"""
assert rooms(SAMPLE) == {"a", "a/b", "c"}
assert missing(["metadata/x/a.cpp"], {"metadata"})[0] == ["metadata/x"]
assert missing(["metadata/a.cpp"], {"metadata", "gone"})[1] == ["gone"]

named = rooms((ROOT / "docs/ARCHITECTURE.md").read_text())
unsaid, gone = missing(sources((".cpp", ".hpp")), named)
for folder in unsaid:
    print(f"docs/ARCHITECTURE.md does not say what belongs in {folder}/")
for folder in gone:
    print(f"docs/ARCHITECTURE.md names {folder}/, which holds nothing")
print(f"{len(named)} rooms, {len(unsaid) + len(gone)} faults")
sys.exit(1 if unsaid or gone else 0)
