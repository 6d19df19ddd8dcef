"""What can be added takes the files that docs/EXTENDING.md says, and no other.

Of each of the ten changes, an example that is there is looked for in all of the
product's sources: who names it is counted.
"""
import re
import sys

from rule import PRODUCT, ROOT, sources, under, without_comments

# what, example: what its name is in code, the files that are its own, and the
# lists, which are changed for it.
KIND = ("layer_kind::{0}|{0}_rule|class {0} : public block_math|kernel/{0}\\.hpp|kind\\({0}\\)",
        ["metadata/layers/{0}.cpp", "actors/kernel/{0}.hpp",
         "actors/kernel/{0}.cpp"],
        ["metadata/layers/kinds.hpp", "actors/kernel/layer_math.cpp"])
CHANGES = [
    ("an activation", "silu", "activation_kind::{0}|{0}_function|activation\\({0},",
     ["actors/kernel/activations/{0}.cpp"],
     ["metadata/network/activations.hpp"]),
    ("an optimizer", "lion", "optimizer_kind::{0}|apply_{0}|optimizer\\({0},",
     ["actors/kernel/optimizers/{0}.cpp"], ["metadata/training/optimizers.hpp"]),
    ("a loss", "huber", "loss_kind::{0}|{0}_loss|loss\\({0},",
     ["actors/kernel/losses/{0}.cpp"], ["metadata/training/losses.hpp"]),
    ("a layer kind", "norm", *KIND),
    ("a layer kind", "pool", *KIND),
    ("a layer kind", "dropout", *KIND),
    ("a strategy", "round_robin", "by_{0}|strategies/{0}",
     ["distributor/strategies/{0}.hpp", "distributor/strategies/{0}.cpp"],
     ["distributor/strategies/list.hpp"]),
    ("a reader of data", "idx_folder", "{0}_source|source\\({0}\\)",
     ["runtime/data/sources/{0}.cpp"],
     ["runtime/data/sources/data_source.hpp"]),
    ("a command", "verify", "add_{0}|command\\({0}\\)", ["runtime/cli/{0}.cpp"],
     ["runtime/cli/commands.hpp"]),
    ("a verb of the prompt", "compare", "{0}_verb|verb\\({0}\\)",
     ["runtime/cli/repl/comparing.cpp"], ["runtime/cli/repl/verb.hpp"]),
    # Without who asks, which is what the request is for.
    ("a request", "fetch_traffic", "{0}",
     ["metadata/messages/traffic_messages.hpp", "actors/node/running.cpp"],
     ["metadata/messages/requests.hpp"]),
]
ASKERS = ("runtime/engine",)
# Networks that are made of kinds name them, and so does the training that
# tries each.
MAKERS = ("metadata/decoders",)
MADE_OF = ("a layer kind", "an activation")
TRIAL = "actors/kernel/arithmetic.cpp"
MOST_NEW = {"a layer kind": 4}
MOST_LISTS = {"a layer kind": 2}


def naming(pattern, texts):
    found = re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")
    return {path for path, text in texts.items()
            if any(found.search(without_comments(x))
                   for x in text.splitlines())}


def faults(texts, manual):
    for what, name, pattern, own, lists in CHANGES:
        own, lists = [x.format(name) for x in own], lists
        wanted = set(own + lists)
        seen = {x for x in naming(pattern.format(name), texts)
                if x != TRIAL and not (what == "a request" and under(x, ASKERS))
                and not (what in MADE_OF and under(x, MAKERS))}
        for path in sorted(seen - wanted):
            yield f"{path} names {name}, as {what} is not to be named"
        for path in sorted(wanted - seen):
            yield f"{path} does not name {name}: what does {what} take now?"
        if len(own) > MOST_NEW.get(what, 2) \
           or len(lists) > MOST_LISTS.get(what, 1):
            yield f"{what} takes {len(own)} files and {len(lists)} lists"
        if f"`{name}`" not in manual:
            yield f"docs/EXTENDING.md shows no `{name}`"
        for path in lists:
            if path not in manual:
                yield f"docs/EXTENDING.md does not say that {what} is in {path}"


sample = {"metadata/a.hpp": "loss(huber, 1)\n", "actors/b.cpp": "// huber_loss\n"}
assert naming("huber_loss|loss\\(huber,", sample) == {"metadata/a.hpp"}
assert any("metadata/a.hpp names huber" in x for x in faults(sample, ""))

texts = {x: (ROOT / x).read_text() for x in sources((".cpp", ".hpp"))
         if under(x, PRODUCT)}
found = list(faults(texts, (ROOT / "docs/EXTENDING.md").read_text()))
for x in found:
    print(x)
print(f"{len(CHANGES)} examples, {len(found)} faults")
sys.exit(1 if found else 0)
