"""`ganglion model export MODEL FOLDER`: a folder as transformers opens it. A
reader of a few lines finds the arrays of the published models in it, to the
bit; imported again, it answers the same. So does a branch; what was trained
here goes out, too, and what the format cannot say is refused without a trace."""
# test: timeout=300
import glob
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile

import numpy as np

from program import expect, expect_text, run

if "GANGLION_TEST_DATA" not in os.environ:
    print("skipped: the published models (GANGLION_TEST_DATA is not set)")
    sys.exit(77)
DATA = os.environ["GANGLION_TEST_DATA"]
SOURCE = os.environ["SOURCE_DIR"]
STORIES = os.path.join(DATA, "stories260K")
FAMILIES = ["gpt2", "llama", "llama-tied-rope3-bf16-sharded", "qwen2", "qwen3"]
TYPES = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def read_file(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def read_config(folder):
    return json.loads(read_file(os.path.join(folder, "config.json")))


def arrays_of(path):
    """Name -> type and float32 values of a safetensors file."""
    with open(path, "rb") as f:
        content = f.read()
    begin = 8 + int.from_bytes(content[:8], "little")
    expect(begin % 8 == 0, f"{path}: values begin at {begin}")
    header = json.loads(content[8:begin])
    expect(header.pop("__metadata__")["format"] == "pt", f"{path}: its format")
    result, end = {}, 0
    for name, x in sorted(header.items(), key=lambda y: y[1]["data_offsets"]):
        first, last = x["data_offsets"]
        expect(first == end, f"{path}: no gap before {name}")
        end = last
        raw = np.frombuffer(content[begin + first:begin + last],
                            TYPES[x["dtype"]])
        if x["dtype"] == "BF16":
            raw = (raw.astype("<u4") << 16).view("<f4")
        result[name] = x["dtype"], raw.astype("<f4").reshape(x["shape"])
    expect(begin + end == len(content), f"{path}: nothing behind the values")
    return result


def exported(folder):
    return arrays_of(os.path.join(folder, "model.safetensors"))


def published(folder):
    result = {}
    for path in glob.glob(os.path.join(folder, "*.safetensors")):
        result |= arrays_of(path)
    return result


def same_arrays(what, one, other):
    expect(set(one) == set(other), f"{what}: {set(one) ^ set(other)}")
    for name, (_, values) in one.items():
        expect(other[name][1].shape == values.shape
               and other[name][1].tobytes() == values.tobytes(),
               f"{what}: {name} is equal to the bit")


class Work:
    """A directory for everything that is made."""

    def __init__(self, scratch):
        self.scratch = scratch
        self.text = self.at("text.txt")
        pages = "".join(read_file(x)
                        for x in sorted(glob.glob(f"{SOURCE}/docs/*.md")))
        with open(self.text, "w", encoding="utf-8") as f:
            f.write(re.sub("[^ -~\n]", "", pages)[:20000])

    def at(self, name):
        return os.path.join(self.scratch, name)

    def imported(self, folder, name):
        run("model", "import", folder, self.at(name))
        return self.at(name)

    def answer(self, model):
        """Tokens and scores."""
        path = self.at("logits.npy")
        said, _ = run("generate", "--model", model, "--json", "--logits", path,
                      "--tokens", 16, "--past-end", "--prompt-tokens", "1,7,3")
        with open(path, "rb") as f:
            return (json.loads(said)["tokens"],
                    hashlib.sha256(f.read()).hexdigest())

    def changed(self, model, *changes):
        """A copy, in which neurons were changed at the prompt."""
        copy = model + "-changed"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(model, copy)
        script = self.at("script.txt")
        with open(script, "w", encoding="utf-8") as f:
            f.write("\n".join([f"load {copy}", "deploy inside:1",
                               *(f"set {x}" for x in changes),
                               f"save {copy}/", ""]))
        run("repl", script)
        return copy

    def goes_around(self, model, folder, again):
        """Imported again, what was exported answers the same."""
        expect(self.answer(self.imported(folder, again)) == self.answer(model),
               f"{folder} answers as {model} does")


def families(work):
    """Names, shapes and bits are those of the published files."""
    for source in [STORIES, *(os.path.join(DATA, "hf", x) for x in FAMILIES)]:
        name = os.path.basename(source)
        model = work.imported(source, name)
        folder = work.at(name + "-exported") + "/"
        expect_text("language model of commit 1-0",
                    run("model", "export", model, folder)[0])
        got = exported(folder)
        expect({x[0] for x in got.values()} == {"F32"}, f"{name}: float32")
        same_arrays(name, published(source), got)
        config = read_config(source)
        if "float32" not in (config.get("dtype"), config.get("torch_dtype")):
            config |= {x: "float32" for x in ("dtype", "torch_dtype")
                       if x in config}
        expect(read_config(folder) == config, f"{name}: its configuration")
        wanted = {"config.json", "model.safetensors"} | {
            x for x in ("tokenizer.json", "tokenizer_config.json")
            if os.path.exists(os.path.join(source, x))}
        expect(set(os.listdir(folder)) == wanted, f"{os.listdir(folder)}")
        work.goes_around(model, folder, name + "-again")


def branches(work):
    """A branch has what texts need."""
    model, branch = work.at("stories260K"), work.at("branch")
    run("model", "branch", model, branch)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        expect(read_file(f"{model}/{name}") == read_file(f"{branch}/{name}"),
               f"{name} goes along")
    said = [run("generate", "--model", x, "--prompt", "Once upon a time",
                "--tokens", 20)[0] for x in (model, branch)]
    expect(said[0] == said[1] and "Lily" in said[0], f"{said} are the same")
    run("model", "export", branch, work.at("branch-1.5"))
    same_arrays("a branch", exported(work.at("stories260K-exported")),
                exported(work.at("branch-1.5")))
    # Nothing is left where it cannot be copied.
    broken = work.at("broken-words")
    shutil.copytree(model, broken)
    os.remove(broken + "/tokenizer.json")
    os.mkdir(broken + "/tokenizer.json")
    expect_text("tokenizer.json", run("model", "branch", broken,
                                      work.at("none"), status=1)[1])
    expect(not os.path.exists(work.at("none")), "no branch is left")


def trained_here(work):
    """A training moves biases that published models do not have."""
    model = work.at("my-gpt")
    run("train", "--network", "gpt:blocks=1,width=32,heads=2,context=32",
        "--data", f"text:{work.text}", "--batch", 8, "--steps", 4, "--model",
        model)
    _, err = run("model", "export", model, work.at("my-gpt-exported/"),
                 status=1)
    expect_text(r"logits\.bias is .*FILE.safetensors", err)
    run("model", "export", model, work.at("my-gpt.safetensors"))


def refused(work):
    """In a line, and nothing is left."""
    model, out = work.at("stories260K"), work.at("out")

    def fails(text, source=model, to=out + "/", status=1):
        expect_text(text, run("model", "export", source, to, status=status)[1])
        expect(not os.path.exists(out), f"{text}: nothing is left")

    full = work.at("full")
    os.mkdir(full)
    with open(full + "/mine", "w", encoding="utf-8") as f:
        f.write("!")
    fails("'mine'", to=full)
    expect(os.listdir(full) == ["mine"], "what was there stays")
    fails("Not a directory", to=full + "/mine/")
    fails("FOLDER/", to=out + ".onnx")
    for array, text in [("block1.down[5].bias", r"block1\.down\.bias is 0\.25 "
                         "for neuron 5, and LlamaForCausalLM has no such"),
                        ("logits[2].bias", r"logits\.bias is 0\.25")]:
        fails(text + ".*FILE.safetensors", work.changed(model, array + " 0.25"))
    norm = r"block2\.attention\.key_norm of neuron 1 differs.*k_norm\.weight"
    empty = work.at("empty")
    os.mkdir(empty)
    fails(norm, work.changed(work.at("qwen3"),
                             "block2.attention[1].key_norm[3] 0.25"), empty)
    expect(os.listdir(empty) == [], "an empty folder stays as it was")
    other = work.at("other")
    shutil.copytree(model, other)
    config = {**read_config(other), "rms_norm_eps": 0.125}
    with open(other + "/config.json", "w", encoding="utf-8") as f:
        json.dump(config, f)
    fails("another network", other)
    os.remove(other + "/config.json")
    fails("has no config.json", other)
    fails(r"\.safetensors.*\.npz", other, out)
    damaged(work, fails)


def damaged(work, fails):
    """Of the last layer, so that much was written before."""
    copy = work.at("damaged")
    shutil.copytree(work.at("llama"), copy)
    last = max(glob.glob(copy + "/shards/*"),
               key=lambda x: int(os.path.basename(x).split("-")[2]))
    os.chmod(last, 0o644)
    with open(last, "r+b") as f:
        f.seek(5000)
        f.write(b"!!!!")
    fails(r"shards/.*damaged", copy)


with tempfile.TemporaryDirectory() as scratch:
    work = Work(scratch)
    families(work)
    branches(work)
    trained_here(work)
    refused(work)
