"""Options from the command line, the environment, and ganglion.conf."""
# test: timeout=120
import json
import os
import re
import tempfile

from program import expect, expect_text, run

SMALL = ("--network", "mlp:4-8-3", "--nodes", "a,b")
scratch = tempfile.TemporaryDirectory()
os.chdir(scratch.name)
# Nothing of this machine's.
os.environ["HOME"] = os.environ["XDG_CONFIG_HOME"] = scratch.name
for name in [x for x in os.environ if x.startswith("GANGLION_")]:
    del os.environ[name]


def write(text, path="ganglion.conf"):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


def plan(*more, **named):
    return json.loads(run("plan", *SMALL, "--json", *more, **named)[0])


def counts(x):
    """Neurons per node, by which one option is told from another."""
    return [y["neurons"] for y in x["nodes"]]


def the_nearer_wins():
    """Command line before environment before file before default."""
    expect(counts(plan("--by", "layers")) == [8, 3], "the command line alone")
    write("[plan]\nby = count=5,rest\n")
    expect(counts(plan()) == [5, 6], "the file")
    env = {"GANGLION_PLAN_BY": "count=6,rest"}
    expect(counts(plan(env=env)) == [6, 5], "environment before file")
    expect(counts(plan("--by", "count=7,rest", env=env)) == [7, 4],
           "command line before environment")
    expect(counts(plan("--by=count=7,rest", env=env)) == [7, 4], "with =")


def the_more_special_wins():
    write('by = "count=5,rest" # for all\n[plan]\nby = \'count=6,rest\'\n')
    expect(counts(plan()) == [6, 5], "a section before the part above")
    write("by = count=5,rest\n[train]\nby = count=6,rest\n")
    expect(counts(plan()) == [5, 6], "not another's section")
    expect(counts(plan(env={"GANGLION_BY": "count=4,rest"})) == [4, 7],
           "for all commands")
    expect(counts(plan(env={"GANGLION_BY": "count=4,rest",
                            "GANGLION_PLAN_BY": "count=3,rest"})) == [3, 8],
           "for one command")


def files_are_found_in_order():
    os.remove("ganglion.conf")
    write("[plan]\nby = count=4,rest\n", "ganglion/ganglion.conf")
    expect(counts(plan()) == [4, 7], "$XDG_CONFIG_HOME/ganglion/ganglion.conf")
    write("[plan]\nby = count=5,rest\n")
    expect(counts(plan()) == [5, 6], "./ganglion.conf comes first")
    write("[plan]\nby = count=6,rest\n", "other.conf")
    expect(counts(plan(env={"GANGLION_CONFIG": "other.conf"})) == [6, 5],
           "GANGLION_CONFIG")
    write("[plan]\nby = count=7,rest\n", "third.conf")
    expect(counts(plan("--config", "third.conf",
                       env={"GANGLION_CONFIG": "other.conf"})) == [7, 4],
           "--config")
    for env, more in (({}, ("--config", "none.conf")),
                      ({"GANGLION_CONFIG": "none.conf"}, ())):
        _, err = run("plan", *SMALL, *more, env=env, status=2)
        expect_text("none.conf: there is no such file", err)


def flags_lists_and_nested_commands():
    write("[plan]\njson = true\nnetwork = mlp:4-8-3\nnodes = a\n")
    json.loads(run("plan")[0])
    _, err = run("plan", env={"GANGLION_PLAN_JSON": "perhaps"}, status=2)
    expect_text("GANGLION_PLAN_JSON.*write true or false", err)
    out, _ = run("plan", env={"GANGLION_PLAN_JSON": "off"})
    expect_text("^placement", out)
    write('[bench.infer]\nnetwork = mlp:4-8-3\nseconds = 0.1\njson = yes\n'
          '[node]\nmap = ["/a=/b", "nothing"]\nname = a\n')
    json.loads(run("bench", "infer")[0])
    _, err = run("node", status=1)
    expect_text("'nothing'", err)
    write('[node]\nname = a\nlisten = "10.0.0.1:1"\nname = b\n')
    _, err = run("node", status=2)
    expect_text("ganglion.conf:2: 'name' is set twice", err)


def lists_as_people_write_them():
    """With blanks, quotes and brackets, a comma at the end, a byte order mark."""
    for nodes in ("a,b", "a, b", "a,b,", '["a","b"]', "[a, b,]", '"a, b"'):
        write(f"\ufeff[plan]\nnetwork = mlp:4-8-3\nnodes = {nodes}\n")
        out = json.loads(run("plan", "--json")[0])
        expect([x["node"] for x in out["nodes"]] == ["a", "b"], nodes)


def mistakes_name_file_line_and_key():
    for text, message in (
            ("\n[train]\nbach = 7\n",
             r"ganglion.conf:3: unknown key 'bach' in \[train\].*batch"),
            ("[trains]\nbatch = 7\n", r"ganglion.conf:1|:2: unknown section"),
            ("bach = 7\n", "ganglion.conf:1: unknown key 'bach'"),
            ("[plan]\nbatch\n", "ganglion.conf:2: 'batch' makes no sense"),
            ("[plan]\nby = \"x\n", "ganglion.conf:2: .*makes no sense"),
            ("[plan]\nhelp = true\n", "unknown key 'help'")):
        write(text)
        _, err = run("plan", *SMALL, status=2)
        expect_text(message, err)
    write("[plan]\nbatch = many\n")
    _, err = run("plan", *SMALL, status=2)
    expect_text("--batch comes from ganglion.conf:2", err)
    run("plan", "--help")


def misspelt_variables_are_named():
    os.remove("ganglion.conf")
    out, err = run("plan", *SMALL, "--json",
                   env={"GANGLION_PLAN_BYE": "layers", "GANGLION_NODES": "a,b",
                        "GANGLION_TRAIN_BACH": "7", "GANGLION_MINE": "1"})
    json.loads(out)
    expect(err.count("GANGLION") == 1, f"one warning: {err}")
    expect_text("GANGLION_PLAN_BYE is ignored: no option of 'plan'", err)
    _, err = run("plan", *SMALL, env={"GANGLION_PLAN_BY": "layers"})
    expect(not err, f"nothing to say: {err}")
    write("")


def nodes_that_a_command_starts_are_its_own():
    write("[node]\nlisten = 10.1.2.3:1\njoin = 10.1.2.3:1\n")
    run("train", "--network", "mlp:4-8-3", "--data", "generate:60x4x3",
        "--batch", "10", "--epochs", "1", "--nodes", "local:2")
    os.remove("ganglion.conf")


def help_has_an_example_and_names_the_environment():
    def commands(*parent):
        text, _ = run(*parent, "--help")
        found = re.split(r"^Subcommands:\n", text, flags=re.M)
        if len(found) == 1:
            yield parent, text
            return
        for name in re.findall(r"^  ([a-z]+) ", found[1], re.M):
            yield from commands(*parent, name)
    all_commands = list(commands())
    expect(len(all_commands) >= 15, f"commands: {all_commands}")
    for command, text in all_commands:
        expect(all(len(x) <= 80 for x in text.splitlines()),
               f"80 columns in the help of {command}:\n{text}")
        expect(f"ganglion {' '.join(command)}" in text and "Example" in text,
               f"an example in the help of {command}:\n{text}")
        if "--" in text.split("Options:")[1].replace("--help", "", 1):
            expect_text("GANGLION_" + "_".join(command).upper(), text)


the_nearer_wins()
the_more_special_wins()
files_are_found_in_order()
flags_lists_and_nested_commands()
lists_as_people_write_them()
mistakes_name_file_line_and_key()
misspelt_variables_are_named()
nodes_that_a_command_starts_are_its_own()
help_has_an_example_and_names_the_environment()
os.chdir("/")
scratch.cleanup()
