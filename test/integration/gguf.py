"""`ganglion model import FILE.gguf`: llama.cpp's files of the model of little
stories give the text that they must, wherever neurons live, quantised ones the
same on any placement; files as its converter writes them give what
transformers give; what is cut off, disagrees or is not known is refused."""
# test: timeout=300
import hashlib
import json
import os
import sys
import tempfile

import numpy as np

from program import expect, expect_text, run

if "GANGLION_TEST_DATA" not in os.environ:
    print("skipped: the GGUF files (GANGLION_TEST_DATA is not set)")
    sys.exit(77)
sys.path.insert(0, os.path.join(os.environ["SOURCE_DIR"], "test/support"))
import gguf_writer as writer  # noqa: E402
from gguf_converter import converted  # noqa: E402

DATA = os.environ["GANGLION_TEST_DATA"]
FILES = os.path.join(DATA, "gguf")
STORIES = os.path.join(DATA, "stories260K")
TYPES = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def read_json(*path):
    with open(os.path.join(*path), encoding="utf-8") as f:
        return json.load(f)


def gguf_path(name):
    return os.path.join(FILES, name + ".gguf")


def arrays_of(folder):
    """Of all its safetensors, as they are: bfloat16 as whole numbers."""
    result = {}
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".safetensors"):
            continue
        with open(os.path.join(folder, name), "rb") as f:
            content = f.read()
        begin = 8 + int.from_bytes(content[:8], "little")
        header = json.loads(content[8:begin])
        header.pop("__metadata__", None)
        for key, x in header.items():
            first, last = x["data_offsets"]
            result[key] = np.frombuffer(
                content[begin + first:begin + last],
                TYPES[x["dtype"]]).reshape(x["shape"])
    return result


class Work:
    def __init__(self, scratch):
        self.scratch = scratch

    def at(self, name):
        return os.path.join(self.scratch, name)

    def imported(self, file, name):
        model = self.at(name)
        said, err = run("model", "import", file, model)
        return model, said, err

    def generate(self, model, *how):
        path = self.at("logits.npy")
        said, _ = run("generate", "--model", model, "--json", "--logits", path,
                      *how)
        return (json.loads(said),
                hashlib.sha256(np.load(path).tobytes()).hexdigest())

    def written(self, name, metadata, tensors, **how):
        path = self.at(name)
        with open(path, "wb") as f:
            f.write(writer.gguf(metadata, tensors, **how))
        return path


def stories(work):
    """In float32: the text of the reference, and the arrays of the folder."""
    wanted = read_json(STORIES, "expected.json")
    model, said, _ = work.imported(gguf_path("stories260K-f32"), "f32")
    expect_text("block4.attention.key +<- blk.4.attn_k.weight", said)
    first = None
    for how in [("inside:1",), ("local:3", "--by", "percentage=20,30,50")]:
        made, scores = work.generate(model, "--prompt", "", "--tokens", 200,
                                     "--nodes", *how)
        expect(made["text"] == wanted["text"] and len(made["text"]) == 464,
               f"{how}: '{made['text']}' is the text")
        expect([1] + made["tokens"] == wanted["greedy_200"],
               f"{how}: the tokens are those of the reference")
        expect(first in (None, scores), f"{how}: the scores are the same")
        first = scores
    said, _ = run("generate", "--model", model, "--prompt",
                  "Once upon a time", "--tokens", 10)
    expect(said.startswith(", there was"), f"'{said}' goes on with the prompt")
    run("model", "export", model, work.at("exported/"))
    out = arrays_of(work.at("exported"))
    for name, x in arrays_of(STORIES).items():
        expect(out[name].shape == x.shape and out[name].tobytes()
               == x.tobytes(), f"{name} is that of the folder, to the bit")
    again, _, _ = work.imported(work.at("exported"), "again")
    expect(work.generate(again, "--prompt", "", "--tokens", 200)[1] == first,
           "exported and imported: the same scores")


def quantised(work):
    """The same scores on every placement; the texts begin as llama.cpp's do,
    whose products round what flows to eight bits."""
    texts = read_json(FILES, "expected.json")["llama_cpp_greedy"]
    for kind in ("Q8_0", "Q4_0"):
        model, _, _ = work.imported(gguf_path(f"stories260K-{kind}"), kind)
        results = [work.generate(model, "--prompt", "", "--tokens", 150,
                                 "--nodes", *how)
                   for how in [("inside:1",), ("inside:2", "--by",
                                               "percentage=70,30"),
                               ("local:3", "--by", "layers")]]
        expect(results[0][1] == results[1][1] == results[2][1],
               f"{kind}: the scores are the same on every placement")
        text = results[0][0]["text"]
        same = len(os.path.commonprefix([text, texts[kind]]))
        print(f"{kind}: {same} characters of {len(texts[kind])} are those of "
              f"llama.cpp")
        expect(same >= 100, f"{kind}: '{text}' begins as '{texts[kind]}'")


def without_words(work):
    """A model of Q4_K and Q6_K, and no vocabulary."""
    model, _, err = work.imported(gguf_path("r256-Q4_K_M"), "r256")
    expect_text("has no vocabulary: .*--prompt-tokens", err)
    how = ("--prompt-tokens", "5,17,400", "--tokens", 30, "--nodes")
    one, first = work.generate(model, *how, "inside:1")
    two, second = work.generate(model, *how, "local:2", "--by",
                                "percentage=60,40")
    expect(one["tokens"] == two["tokens"] and first == second
           and len(one["tokens"]) == 30, f"{one} and {two} are the same")
    _, err = run("generate", "--model", model, "--prompt", "x", status=1)
    expect_text("--prompt-tokens", err)


def families(work):
    """What transformers answer, of files as llama.cpp's converter makes them."""
    for name in sorted(os.listdir(os.path.join(DATA, "hf"))):
        folder = os.path.join(DATA, "hf", name)
        file = work.written(name + ".gguf", *converted(
            read_json(folder, "config.json"), arrays_of(folder)))
        model, _, _ = work.imported(file, name)
        same, _, _ = work.imported(folder, name + "-folder")
        for x in read_json(folder, "expected.json"):
            how = ("--tokens", "24", "--past-end", "--prompt-tokens",
                   ",".join(map(str, x["prompt"])))
            made, scores = work.generate(model, *how)
            expect(made["tokens"] == x["greedy"],
                   f"{name}: the tokens are those of transformers")
            expect(scores == work.generate(same, *how)[1],
                   f"{name}: the scores are those of the folder, to the bit")


def refused(work):
    """In one line that names what is amiss; nothing is left."""
    def fails(text, path, *more):
        _, err = run("model", "import", path, work.at("none"), *more, status=1)
        expect_text(text, err)
        expect(err.count("\n") == 1, f"one line: {err}")
        expect(not os.path.exists(work.at("none")), "nothing is left")

    def fails_with(text, keys=None, drop=None, change=None):
        metadata, tensors = writer.tiny("llama")
        metadata.update(keys or {})
        for key in drop or ():
            metadata.pop(key, None)
            tensors.pop(key, None)
        tensors.update(change or {})
        fails(text, work.written("bad.gguf", metadata, tensors))

    with open(gguf_path("stories260K-Q8_0"), "rb") as f:
        content = f.read()
    for size in (4, 5, 100, 5000, 20000, 100000, len(content) - 100):
        with open(work.at("cut.gguf"), "wb") as f:
            f.write(content[:size])
        fails("cut.gguf' is damaged at|cut.gguf': the tensor .* would end "
              "beyond", work.at("cut.gguf"))
    fails("leave out --network", gguf_path("stories260K-f32"), "--network",
          "mlp:3-4")
    fails_with("architecture 'rwkv6' is not known: llama",
               {"general.architecture": "rwkv6"})
    fails_with("llama.block_count is missing", drop=["llama.block_count"])
    fails_with("llama.expert_count asks", {"llama.expert_count": 8})
    fails_with("llama.new_thing is not known", {"llama.new_thing": 8})
    fails_with("'yarn' is not known", {"llama.rope.scaling.type": "yarn"})
    fails_with("8 tokens, and the embedding 9",
               change={"token_embd.weight": ((32, 9), 0, bytes(32 * 9 * 4))})
    fails_with("tokenizer.ggml.pre 'foo' is not known",
               {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "foo"})
    fails_with("tokenizer.ggml.model 'bert'", {"tokenizer.ggml.model": "bert"})
    fails_with("bos_token_id is none of its 8 tokens",
               {"tokenizer.ggml.bos_token_id": 8})
    fails_with(r"blk\.0\.ffn_up\.weight is IQ4_XS, which is not read: F32",
               change={"blk.0.ffn_up.weight": ((32, 32), 23, bytes(4096))})
    fails_with("blk.0.ffn_up.weight is of type 77",
               change={"blk.0.ffn_up.weight": ((32, 32), 77, bytes(4096))})
    fails_with("no array blk.0.ffn_up.weight", drop=["blk.0.ffn_up.weight"])
    fails_with("nothing is made of the array blk.0.extra",
               change={"blk.0.extra": ((32,), 0, bytes(128))})
    fails_with("rope_freqs.weight are no scaling of Llama 3's", change={
        "rope_freqs.weight": ((8,), 0, np.arange(1, 9, dtype="<f4")
                              .tobytes())})


def own_words(work):
    """Merges of bytes, and the token that `pre` has a text begin with."""
    metadata, tensors = writer.tiny("llama")
    file = work.written("bytes.gguf", writer.bytes_tokenizer(metadata),
                        tensors)
    model, _, _ = work.imported(file, "bytes")
    how = ("--tokens", 3, "--past-end")
    expect(work.generate(model, "--prompt", "ab", *how)[1]
           == work.generate(model, "--prompt-tokens", "1,7", *how)[1],
           "a text begins with the first token, and its bytes merge")


with tempfile.TemporaryDirectory() as scratch:
    work = Work(scratch)
    stories(work)
    quantised(work)
    without_words(work)
    families(work)
    own_words(work)
    refused(work)
