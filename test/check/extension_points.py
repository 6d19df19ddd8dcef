"""What can be added asks nobody else to know it: a layer kind, an activation,
an
optimizer, a loss is told apart in its own files and where it is listed, and nowhere
else. The others ask the rule or the table."""
import re

from rule import PRODUCT, run, under, without_comments

KINDS = r"(layer_kind|activation_kind|optimizer_kind|loss_kind)::\w+"
TELLS = re.compile(rf"[=!]=\s*{KINDS}|{KINDS}\s*[=!]=|\bcase\s+{KINDS}")
# The list of arithmetic; what plain descent is.
LISTS = ("actors/kernel/layer_math.cpp", "metadata/training/training_options.cpp")
OWN = ("metadata/layers", "actors/kernel/activations",
       "actors/kernel/losses", "actors/kernel/optimizers")


def check(path, text):
    if not under(path, PRODUCT) or under(path, OWN) or path in LISTS:
        return
    for number, line in enumerate(text.splitlines(), 1):
        if TELLS.search(without_comments(line)):
            yield number, ("tells one kind from another: ask its rule "
                           f"(metadata/layers/layer_rule.hpp): {line.strip()}")


run(check,
    bad=[("runtime/a.cpp", "if (x.kind == layer_kind::dense)\n"),
         ("metadata/a.cpp", "return layer_kind::norm != x.kind;\n"),
         ("actors/a.cpp", "    case optimizer_kind::adam:\n"),
         ("runtime/a.cpp", "if (loss == loss_kind::huber)\n"),
         ("actors/kernel/a.cpp", "auto raw = kind == activation_kind::gelu;\n")],
    good=[("runtime/a.cpp", "layer x{.kind = layer_kind::input};\n"),
          ("runtime/a.cpp", "if (rule_of(x).wired()) // == layer_kind::sparse\n"),
          ("metadata/layers/pool.cpp", "x.kind == layer_kind::pool\n"),
          ("actors/kernel/layer_math.cpp", "    case layer_kind::pool:\n"),
          ("test/kernel/a.cpp", "    case activation_kind::relu:\n")])
