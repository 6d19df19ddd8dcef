"""Includes point one way; libraries are used where they belong."""
import re

from rule import run

# folder: what it may include besides itself. The longest prefix counts.
MAY_INCLUDE = {
    "metadata": [],
    "distributor": ["metadata"],
    "actors/kernel": ["metadata"],
    "actors": ["actors/kernel", "metadata"],
    "runtime/model_store": ["actors/kernel", "metadata"],
    "runtime/data": ["actors/kernel", "metadata"],
    "runtime/engine": ["runtime/model_store", "actors", "metadata"],
    "runtime/cli": ["runtime", "actors", "distributor", "metadata"],
    "runtime": ["runtime/data", "runtime/engine", "runtime/model_store",
                "actors", "distributor", "metadata"],
    # They see installed headers only, as <ganglion/...>.
    "examples": [],
}
# The command line is the outermost layer, for its own folder alone.
PRIVATE = ["runtime/cli"]
# Start of a library's header: the folders that may use it.
LIBRARIES = {
    "CLI/": ["runtime/cli"],
    "histedit.h": ["runtime/cli/repl"],
    "unicode/": ["runtime/data/tokens"],
    "hwy": ["actors/kernel", "test"],
    "xxhash.h": ["runtime/model_store", "test"],
    "doctest": ["test"],
}
# Kernels are arithmetic without actors; a distributor is a pure function.
NO_ACTORS = ["actors/kernel", "distributor"]
ACTOR_HEADER = re.compile(r"caf/(all|io/|actor|event_based|send|scoped_actor"
                          r"|stateful_actor|typed_|behavior|openssl/)")


def folder_of(path):
    found = [x for x in MAY_INCLUDE if path.startswith(x + "/")]
    return max(found, key=len, default=None)


def inside(path, folders):
    return any(path.startswith(x + "/") for x in folders)


def check(path, text):
    folder = folder_of(path)
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if not found:
            continue
        quoted, name = found[1] == '"', found[2]
        for library, users in LIBRARIES.items():
            if not quoted and name.startswith(library) \
               and not inside(path, users):
                yield number, f"<{name}> is for {', '.join(users)} alone"
        if folder in NO_ACTORS and ACTOR_HEADER.match(name):
            yield number, f"{folder} knows no actors: <{name}>"
        if not quoted and name.startswith("ganglion/") \
           and folder != "examples":
            yield number, f"<{name}> is for installed programs and examples"
        if quoted and folder:
            target = folder_of(name)
            if not target:
                yield number, (f'"{name}" does not start at the root of the '
                               "repository")
            elif target != folder and not inside(name, MAY_INCLUDE[folder]):
                yield number, f"{folder} must not include {target}"
            elif target != folder and target in PRIVATE:
                yield number, f"{target} is for itself alone"


run(check,
    bad=[("metadata/a.hpp", '#include "distributor/b.hpp"\n'),
         ("metadata/a.hpp", '#include "b.hpp"\n'),
         ("distributor/a.cpp", '#include "actors/link/link.hpp"\n'),
         ("distributor/a.cpp", '#include <caf/event_based_actor.hpp>\n'),
         ("actors/a.cpp", '  #  include "distributor/b.hpp"\n'),
         ("actors/a.cpp", '#include "runtime/engine/engine.hpp"\n'),
         ("actors/kernel/a.cpp", '#include "actors/link/link.hpp"\n'),
         ("actors/kernel/a.cpp", '#include <caf/all.hpp>\n'),
         ("runtime/a.cpp", '#include "runtime/cli/options.hpp"\n'),
         ("runtime/a.cpp", '#include <CLI/CLI.hpp>\n'),
         ("runtime/model_store/a.cpp", '#include "runtime/engine/engine.hpp"\n'),
         ("runtime/model_store/a.cpp", '#include "actors/link/link.hpp"\n'),
         ("runtime/engine/a.cpp", '#include "runtime/hosting/cluster.hpp"\n'),
         ("runtime/data/a.cpp", '#include "runtime/engine/engine.hpp"\n'),
         ("runtime/a.cpp", '#include <hwy/highway.h>\n'),
         ("runtime/data/a.cpp", '#include <unicode/regex.h>\n'),
         ("runtime/data/a.cpp", '#include "examples/b.hpp"\n'),
         ("runtime/a.cpp", '#include <ganglion/runtime/engine/engine.hpp>\n'),
         ("examples/a.cpp", '#include "runtime/engine/engine.hpp"\n')],
    good=[("metadata/a.hpp", '#include "metadata/b.hpp"\n#include <vector>\n'),
          ("distributor/a.cpp", '#include "metadata/b.hpp"\n'),
          ("actors/a.cpp", '#include "actors/kernel/b.hpp"\n'),
          ("actors/kernel/a.cpp", '#include "actors/kernel/b.hpp"\n'
                                  '#include <hwy/highway.h>\n'),
          ("runtime/cli/a.cpp", '#include "runtime/engine/engine.hpp"\n'
                                '#include <CLI/CLI.hpp>\n'),
          ("runtime/data/a.cpp", '#include "runtime/data/b.hpp"\n'),
          ("examples/a.cpp", '#include <ganglion/runtime/engine/engine.hpp>\n'),
          ("test/runtime/a.cpp", '#include "test/helper.hpp"\n')])
