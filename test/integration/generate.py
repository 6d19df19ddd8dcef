"""`ganglion generate`: published language models give the text that they must,
and the same scores to the bit, on any number of nodes, however they are cut and
in whatever pieces the prompt is read."""
# test: timeout=400
import hashlib
import json
import os
import shutil
import sys
import tempfile

import numpy as np

from program import expect, expect_text, run

if "GANGLION_TEST_DATA" not in os.environ:
    print("skipped: the published models (GANGLION_TEST_DATA is not set)")
    sys.exit(77)
DATA = os.environ["GANGLION_TEST_DATA"]
STORIES = os.path.join(DATA, "stories260K")
FAMILIES = ["gpt2", "llama", "llama-tied-rope3-bf16-sharded", "qwen2", "qwen3"]


def expected(folder):
    with open(os.path.join(folder, "expected.json"), encoding="utf-8") as f:
        return json.load(f)


def digest(path):
    return hashlib.sha256(np.load(path).tobytes()).hexdigest()


class Stories:
    """The model of little stories, imported."""

    def __init__(self, scratch):
        self.scratch = scratch
        self.model = os.path.join(scratch, "stories")
        self.wanted = expected(STORIES)
        said, _ = run("model", "import", STORIES, self.model)
        expect_text("block4.attention.key +<- model.layers.4.self_attn.k_proj",
                    said)

    def generate(self, *how, tokens=200):
        path = os.path.join(self.scratch, "logits.npy")
        said, _ = run("generate", "--model", self.model, "--tokens", tokens,
                      "--json", "--logits", path, *how)
        return json.loads(said), digest(path)

    def check_text(self, *how):
        said, scores = self.generate("--prompt", "", *how)
        expect(said["text"] == self.wanted["text"],
               f"{how}: '{said['text']}' is the text")
        expect([1] + said["tokens"] == self.wanted["greedy_200"],
               f"{how}: the tokens are those of the reference")
        return scores


def placements(stories):
    """Text and scores are the same wherever neurons live."""
    first = stories.check_text("--nodes", "inside:1")
    whole = sum(x["neurons"] for x in json.loads(
        run("plan", "--model", stories.model, "--json")[0])["nodes"])
    for how in [("inside:1", "--threads", "2"),
                ("inside:2", "--by", "percentage=50,50"),
                ("inside:3", "--by", "percentage=70,10,20"),
                ("inside:4", "--by", "layers"),
                ("inside:5", "--by", "round-robin", "--threads", "2"),
                ("inside:6", "--by", "percentage=5,10,15,20,25,25",
                 "--within", "layer"),
                ("inside:7", "--by", "layers"),
                ("inside:8", "--by", "round-robin"),
                ("inside:2", "--by", f"count={whole // 3},rest"),
                ("inside:2", "--by", "layers=a:embedding+block0..2,b:rest"),
                ("inside:2", "--by", "identifiers=a:block1+norm,b:rest"),
                *[("inside:2", "--by", "identifiers=a:block2.attention[0.."
                   f"{last}]+block0.gated[0..15],b:rest")
                  for last in range(3)],
                ("local:2", "--by", "layers"),
                ("local:3", "--by", "percentage=20,30,50"),
                ("local:5", "--by", "round-robin")]:
        expect(stories.check_text("--nodes", *how) == first,
               f"{how}: the scores are those of one node, to the bit")
        os.environ["GANGLION_ISA"] = "avx2"
        expect(stories.check_text("--nodes", *how) == first,
               f"{how}: neither does the instruction set change them")
        del os.environ["GANGLION_ISA"]


def verified(stories):
    """`verify` shows the same to users, and sees what differs."""
    text = ("--model", stories.model, "--prompt", "Once upon a time",
            "--tokens", "60", "--temperature", "0.8", "--seed", "3")
    said, _ = run("verify", *text, "--nodes", "local:2", "--by", "round-robin")
    expect_text("equal to the bit, and 60 tokens with them", said)
    _, err = run("verify", *text, "--optimizer", "sgd", status=2)
    expect_text("--optimizer excludes --model", err)
    _, err = run("verify", "--prompt", "x", status=2)
    expect_text("--prompt requires --model", err)


def pieces(stories):
    """So they are in whatever pieces the prompt is read."""
    prompt = ",".join(map(str, stories.wanted["greedy_200"][:90]))
    how = ("--prompt-tokens", prompt)
    whole, first = stories.generate(*how, "--chunk", "256", tokens=20)
    expect(whole["tokens"] == stories.wanted["greedy_200"][90:110],
           "the text goes on as it did")
    for chunk in (1, 7, 64):
        said, scores = stories.generate(*how, "--chunk", chunk, tokens=20)
        expect((said["tokens"], scores) == (whole["tokens"], first),
               f"in pieces of {chunk}: the same tokens and scores")


def traffic(scratch):
    """Bytes between nodes are the plan's, and the plan's the design's."""
    for folder in (STORIES, os.path.join(DATA, "hf", "qwen3")):
        name = os.path.basename(folder)
        model = os.path.join(scratch, name + "-traffic")
        run("model", "import", folder, model)
        with open(os.path.join(folder, "config.json"), encoding="utf-8") as f:
            config = json.load(f)
        width = config["hidden_size"]
        heads = config["num_attention_heads"] * config.get(
            "head_dim", width // config["num_attention_heads"])
        units, blocks = config["intermediate_size"], config["num_hidden_layers"]
        cut = ("--by", "percentage=50,50", "--within", "layer", "--threads",
               "1")
        plan = json.loads(run("plan", "--model", model, "--nodes", "a,b",
                              *cut, "--json")[0])
        said = json.loads(run("generate", "--model", model, "--nodes",
                              "local:2", *cut, "--prompt-tokens", "1",
                              "--tokens", "200", "--past-end", "--json")[0])
        planned = plan["inference_bytes_per_sample"]
        ratio = said["bytes_per_token"] / planned
        print(f"{name}: {planned} bytes a token planned, "
              f"{said['bytes_per_token']:.0f} measured")
        expect(0.98 < ratio < 1.02, f"{name}: {ratio} of the plan's bytes")
        # All rows are gathered once: the two that pass through a block, what
        # its heads and its units give, and the embedding; besides, what of the
        # logits is not where the loss gathers them.
        values = blocks * (2 * width + heads + units) + width
        logits = sum(x["inference_values_per_sample"] for x in plan["links"]) - values
        expect(0 <= logits <= config["vocab_size"],
               f"{name}: {values} values, and {logits} of logits")
        kept = sum(x["cache_bytes"] for x in plan["nodes"])
        each = 2 * config["num_key_value_heads"] * (
            heads // config["num_attention_heads"])
        expect(kept == 4 * 1000 * blocks * each, f"{name}: caches of {kept}")


def prompt(stories):
    """The same text at the prompt, also after neurons moved in between."""
    script = os.path.join(stories.scratch, "script.txt")
    with open(script, "w", encoding="utf-8") as f:
        f.write(f"""load {stories.model}
deploy inside:2 by percentage=50,50
generate "Once upon a time" tokens 20
where block3.attention[2]
move block3.attention[2] to a
generate "Once upon a time" tokens 20
""")
    said, _ = run("repl", script)
    text = ", there was a little girl named Lily. She loved to"
    expect(said.count(text) == 2, f"twice the same text in {said}")


def drawn(stories):
    """What is drawn follows from the seed."""
    how = ("--prompt", "Once upon a time", "--temperature", "0.8", "--top-k",
           "40", "--top-p", "0.95")
    one, _ = stories.generate(*how, "--seed", "7", tokens=60)
    other, _ = stories.generate(*how, "--seed", "8", tokens=60)
    again, _ = stories.generate(*how, "--seed", "7", "--nodes", "inside:3",
                                "--by", "percentage=40,40,20", tokens=60)
    expect(one["tokens"] == again["tokens"], "equal seeds draw equal tokens")
    expect(one["tokens"] != other["tokens"], "other seeds draw others")


def stops(stories):
    said, _ = run("generate", "--model", stories.model, "--prompt", "Once",
                  "--stop", "Lily", "--tokens", "50")
    expect(said == " upon a time, there was a little girl named \n",
           f"'{said}' ends before the text to stop at")


def families(scratch):
    """Scores agree with those of transformers, tokens exactly."""
    for name in FAMILIES:
        folder = os.path.join(DATA, "hf", name)
        model = os.path.join(scratch, name)
        run("model", "import", folder, model)
        for number, x in enumerate(expected(folder)):
            path = os.path.join(scratch, name + ".npy")
            said, _ = run("generate", "--model", model, "--json", "--logits",
                          path, "--tokens", "24", "--past-end",
                          "--nodes", "inside:2",
                          "--prompt-tokens", ",".join(map(str, x["prompt"])))
            expect(json.loads(said)["tokens"] == x["greedy"],
                   f"{name}: the tokens are those of transformers")
            if number > 0:
                continue
            wanted = np.load(os.path.join(folder, "logits.npy"))
            off = np.abs(np.load(path)[:len(wanted)] - wanted).max()
            expect(off <= 2e-4 * np.abs(wanted).max(),
                   f"{name}: scores are off by {off}")


def either_configuration(scratch):
    """Versions 4 and 5 of transformers write the same model differently."""
    for name in FAMILIES:
        folder = os.path.join(scratch, name + "-4")
        shutil.copytree(os.path.join(DATA, "hf", name), folder)
        os.chmod(folder, 0o755)
        os.replace(os.path.join(folder, "config-4.json"),
                   os.path.join(folder, "config.json"))
        model = folder + "-model"
        run("model", "import", "--in-place", folder, model)
        networks = []
        for place in (os.path.join(scratch, name), model):
            with open(os.path.join(place, "network"), "rb") as f:
                networks.append(f.read())
        expect(networks[0] == networks[1], f"{name}: another network")


def in_place(scratch):
    """Weights may stay in the published files, of which nodes read what is
    theirs: to the same bits, and for all that is done with a model."""
    for name in FAMILIES:
        folder = os.path.join(scratch, name + "-folder")
        shutil.copytree(os.path.join(DATA, "hf", name), folder)
        os.chmod(folder, 0o755)
        model = os.path.join(scratch, name + "-in-place")
        run("model", "import", "--in-place", folder, model)
        size = sum(x.stat().st_size
                   for x in os.scandir(os.path.join(model, "shards")))
        expect(size < 100000, f"{name}: {size} bytes of shards")
        scores = []
        for how in ((os.path.join(scratch, name), "--nodes", "inside:1"),
                    (model, "--nodes", "inside:1"),
                    (model, "--nodes", "local:3", "--by", "round-robin")):
            path = os.path.join(scratch, "in-place.npy")
            run("generate", "--model", *how, "--logits", path, "--tokens",
                "24", "--past-end", "--prompt-tokens", "5,3,9")
            scores.append(digest(path))
        expect(len(set(scores)) == 1, f"{name}: {scores}")
        run("model", "fsck", model)
    exported = os.path.join(scratch, "exported")
    run("model", "export", model, exported + "/")
    branch = os.path.join(scratch, "elsewhere", "branch")
    os.mkdir(os.path.dirname(branch))
    run("model", "branch", model, branch)
    run("verify", "--model", branch, "--prompt-tokens", "5,3", "--nodes",
        "inside:2")
    files = sorted(x for x in os.listdir(folder) if x.endswith("safetensors"))
    with open(os.path.join(folder, files[0]), "ab") as f:
        f.write(b"more")
    _, err = run("generate", "--model", model, "--prompt-tokens", "5",
                 status=1)
    expect_text("is not the file any more that the model was made of", err)
    _, err = run("model", "import", "--in-place",
                 os.path.join(DATA, "gguf", "stories260K-Q8_0.gguf"),
                 os.path.join(scratch, "no"), status=1)
    expect_text("leave out --in-place", err)


def on_bytes(scratch):
    """A tokenizer on bytes, whose tokens end within characters: what is shown
    is UTF-8 all the same, and the prompt begins as the tokenizer says."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [x for x in range(256) if x not in shown]
    letter = {x: chr(x) for x in shown}
    letter.update({x: chr(256 + i) for i, x in enumerate(others)})
    level = {"type": "ByteLevel", "add_prefix_space": False}
    words = {"model": {"type": "BPE", "merges": [], "vocab":
                       {letter[x]: x for x in range(256)}},
             "pre_tokenizer": level, "decoder": level, "added_tokens": [
                 {"id": 256, "content": "<|begin|>", "special": True}],
             "post_processor": {
                 "type": "TemplateProcessing", "single": [
                     {"SpecialToken": {"id": "<|begin|>"}},
                     {"Sequence": {"id": "A"}}],
                 "special_tokens": {"<|begin|>": {"ids": [256]}}}}
    folder = os.path.join(scratch, "bytes")
    shutil.copytree(os.path.join(DATA, "hf", "qwen3"), folder)
    os.chmod(folder, 0o755)
    with open(os.path.join(folder, "tokenizer.json"), "w",
              encoding="utf-8") as f:
        json.dump(words, f)
    model = os.path.join(scratch, "on-bytes")
    run("model", "import", folder, model)
    how = ("generate", "--model", model, "--tokens", 100, "--past-end",
           "--temperature", 1)
    said = json.loads(run(*how, "--prompt", "\u00e9", "--json")[0])
    expect(said["tokens"] == json.loads(run(
        *how, "--prompt-tokens", "256,195,169", "--json")[0])["tokens"],
        "the prompt is the token that begins it, and its bytes")
    text = bytes(x for x in said["tokens"] if x < 256).decode(errors="replace")
    expect(said["text"] == text, f"{said} is the text of its bytes")
    expect(run(*how, "--prompt", "\u00e9")[0] == text + "\n",
           "what is shown as it comes is the same text")


def refused(stories, scratch):
    """Whatever cannot be done is said in a line that names it."""
    def fails(text, *arguments):
        expect_text(text, run(*arguments, status=1)[1])

    fails("without a config.json", "model", "import", scratch,
          os.path.join(scratch, "none"))
    on = ("generate", "--model", stories.model)
    fails("no token 512: they are numbered up to 511", *on, "--prompt-tokens",
          "1,512")
    fails("the prompt has 600 tokens, and the model reads 512 at most", *on,
          "--prompt-tokens", ",".join(["5"] * 600))
    fails("'x' is no token", *on, "--prompt-tokens", "1,x")
    fails("temperature of -1 is out of range", *on, "--temperature", "-1")
    broken = os.path.join(scratch, "broken")
    os.mkdir(broken)
    with open(os.path.join(STORIES, "config.json"), encoding="utf-8") as f:
        config = json.load(f)
    for change, text in [({"architectures": ["FooForCausalLM"]},
                          "'FooForCausalLM' is not known"),
                         ({"hidden_size": -1}, "hidden_size is no whole"),
                         ({"vocab_size": 511}, r"\[512 x 64\]"),
                         ({"num_key_value_heads": 3}, "num_key_value_heads"),
                         ({"rope_scaling": {"rope_type": "yarn"},
                           "rope_parameters": None}, "'yarn'")]:
        with open(os.path.join(broken, "config.json"), "w",
                  encoding="utf-8") as f:
            json.dump({**config, **change}, f)
        if not os.path.exists(os.path.join(broken, "model.safetensors")):
            os.symlink(os.path.join(STORIES, "model.safetensors"),
                       os.path.join(broken, "model.safetensors"))
        fails(text, "model", "import", broken, os.path.join(scratch, "none"))
    expect(not os.path.exists(os.path.join(scratch, "none")),
           "nothing is left of what was not imported")


with tempfile.TemporaryDirectory() as scratch:
    stories = Stories(scratch)
    placements(stories)
    verified(stories)
    pieces(stories)
    drawn(stories)
    stops(stories)
    prompt(stories)
    traffic(scratch)
    families(scratch)
    either_configuration(scratch)
    in_place(scratch)
    on_bytes(scratch)
    refused(stories, scratch)
