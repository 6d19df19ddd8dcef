"""Actors never ask where a handle lives: only the registry knows.

What the registry says of a node's own actors is for those who hand over what
arrived for the node: its links, its relays, and the node that owns them all.
"""
import re

from rule import run, without_comments

ASKS = [
    (r"(\.|->)\s*node\s*\(\s*\)", "asks for the node of a handle"),
    (r"\b(this_node|is_local|is_remote|is_proxy|actor_proxy|node_observer)\b",
     "tells local from remote"),
    (r"\bproxies\s*\(|\bproxy_registry\b", "tells local from remote"),
]
FOR_LINKS = r"(\.|->)\s*local_(group_of|groups|group_count|relay|loss)\s*\("
OWNERS = re.compile(r"actors/(link/|relay\.|node/)")


def check(path, text):
    if not path.startswith("actors/"):
        return
    for number, line in enumerate(text.splitlines(), 1):
        code = without_comments(line)
        for pattern, what in ASKS:
            if re.search(pattern, code):
                yield number, f"{what}: {line.strip()}"
        if re.search(FOR_LINKS, code) and not OWNERS.match(path):
            yield number, f"is for those who hand over: {line.strip()}"


run(check,
    bad=[("actors/group.cpp", "if (handle.node() == self->node())\n"),
         ("actors/group.cpp", "auto n = handle->node ();\n"),
         ("actors/relay.hpp", "bool is_local(const caf::actor& x);\n"),
         ("actors/relay.hpp", "dynamic_cast<caf::actor_proxy*>(p)\n"),
         ("actors/group.cpp", "send(registry->local_group_of(id), x);\n")],
    good=[("actors/link/link.cpp", "send(registry->local_group_of(id), x);\n"),
          ("actors/group.cpp", "x = gradient.node; // handle.node() is not\n"),
          ("actors/group.cpp", "registry->groups_of(id)\n"),
          ("runtime/join.cpp", "system.node()\n")])
