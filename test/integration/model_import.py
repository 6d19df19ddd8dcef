"""`ganglion model export` and `import`: NumPy and a reader of safetensors made
of a few lines read what is exported; what is imported, from there or as PyTorch
and NumPy users write it, predicts the same to the bit and can be trained."""
# test: timeout=120
import json
import os
import struct
import tempfile
import zipfile

import numpy as np

from program import expect, expect_text, run

NETWORK = "mlp:6-20-3:tanh"
LAYERS = ["hidden1", "output"]


def read_safetensors(path):
    """By the format's own words: length, JSON, values."""
    with open(path, "rb") as f:
        size, = struct.unpack("<Q", f.read(8))
        head = json.loads(f.read(size))
        data = f.read()
    head.pop("__metadata__", None)
    return {name: np.frombuffer(data[slice(*x["data_offsets"])], "<f4")
            .reshape(x["shape"]) for name, x in head.items()}


def write_safetensors(path, arrays, dtype="F32"):
    """As PyTorch users have it: sorted by name, as texts."""
    head, data = {"__metadata__": {"format": "pt"}}, b""
    for name in sorted(arrays):
        raw = arrays[name].tobytes()
        head[name] = {"dtype": dtype, "shape": list(arrays[name].shape),
                      "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(head).encode()
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


class Scene:
    def __init__(self, scratch):
        self.scratch = scratch
        self.count = 0
        self.data = self.path("data.csv")
        draw = np.random.default_rng(5)
        with open(self.data, "w", encoding="utf-8") as f:
            for i in range(60):
                f.write(",".join(f"{x:.3f}" for x in draw.random(6))
                        + f",{i % 3}\n")
        self.model = self.path("model")
        run("train", "--model", self.model, "--network", NETWORK, "--data",
            self.data, "--batch", "10", "--epochs", "3", "--nodes", "inside:2",
            "--by", "percentage=60,40", "--exact")
        self.answers = self.predict(self.model)

    def path(self, name):
        return os.path.join(self.scratch, name)

    def predict(self, model, *more):
        out = self.path("answers")
        run("predict", "--model", model, "--data", self.data, "--format",
            "json", "--outputs", "--output", out, *more)
        with open(out, encoding="utf-8") as f:
            return f.read()

    def imported(self, file, *more, network=NETWORK):
        self.count += 1
        model = self.path(f"import{self.count}")
        run("model", "import", file, model, "--network", network, *more)
        run("model", "fsck", model)
        return model

    def refused(self, pattern, file, *more, network=NETWORK):
        model = self.path("refused")
        _, err = run("model", "import", file, model, "--network", network,
                     *more, status=1)
        expect_text(pattern, err)
        expect(not os.path.exists(model), f"nothing is made: {pattern}")

    def expect_same(self, what, file, *more):
        model = self.imported(file, *more)
        expect(self.predict(model) == self.answers, f"same outputs: {what}")
        return model


def export_is_read_by_others(scene):
    files = [scene.path("w.safetensors"), scene.path("w.npz")]
    for file in files:
        run("model", "export", scene.model, file)
        expect_text("exists", run("model", "export", scene.model, file,
                                  status=1)[1])
    tensors, arrays = read_safetensors(files[0]), np.load(files[1])
    expect(sorted(tensors) == sorted(arrays.files), "the same names")
    shapes = {name: x.shape for name, x in tensors.items()}
    expect(shapes == {"hidden1.weight": (20, 6), "hidden1.bias": (20,),
                      "output.weight": (3, 20), "output.bias": (3,)}, shapes)
    for name, x in tensors.items():
        expect(arrays[name].dtype == np.float32, "float32")
        expect(np.array_equal(arrays[name], x), f"the same values of {name}")
        expect(arrays[name].std() > 0, "values")
    return files, tensors


def import_gives_it_back(scene, files):
    for file in files:
        model = scene.expect_same(file, file)
    # Elsewhere, too; and what is exported from there is the same again.
    expect(scene.predict(model, "--nodes", "local:2") == scene.answers,
           "same outputs of two nodes")
    again = scene.path("again.npz")
    run("model", "export", model, again)
    with open(files[1], "rb") as a, open(again, "rb") as b:
        expect(a.read() == b.read(), "the same file")
    expect_text("weights alone", run("model", "show", model)[0])
    return model


def files_of_other_people(scene, tensors):
    deep = {f"net.{i}.{kind}": tensors[f"{layer}.{kind}"]
            for i, layer in ((2, "hidden1"), (10, "output"))
            for kind in ("weight", "bias")}
    file = scene.path("torch.safetensors")
    write_safetensors(file, deep)
    scene.expect_same("by order", file, "--by-order")
    scene.expect_same("names", file, "--names", "hidden1=net.2,output=net.10")
    scene.refused("no array 'hidden1.weight' .*net.2.weight .20 x 6.*--by-order",
                  file)
    scene.refused("'middle'", file, "--names", "middle=net.2")
    plain = [tensors[f"{x}.{kind}"] for x in LAYERS for kind in
             ("weight", "bias")]
    for save in (np.savez, np.savez_compressed):
        file = scene.path(f"{save.__name__}.npz")
        save(file, *plain)
        scene.expect_same(save.__name__, file, "--by-order")
        save(file, **{k: v.astype("f8") for k, v in tensors.items()})
        scene.expect_same("float64", file)
    # Halves are what they are.
    half = {k: v.astype("f2") for k, v in tensors.items()}
    for file in (scene.path("half.npz"), scene.path("half.safetensors")):
        if file.endswith("z"):
            np.savez(file, **half)
        else:
            write_safetensors(file, half, "F16")
        out = scene.path(os.path.basename(file) + ".out.npz")
        run("model", "export", scene.imported(file), out)
        found = np.load(out)
        for name, x in half.items():
            expect(np.array_equal(found[name], x.astype("f4")), f"half {name}")


def archives_of_other_writers(scene, tensors):
    """What NumPy reads, too."""
    file = scene.path("others.npz")
    np.savez(file, **{k: np.asfortranarray(v) for k, v in tensors.items()})
    scene.expect_same("Fortran's order", file)
    np.savez(file, **{k: np.asfortranarray(v).astype(">f8")
                      for k, v in tensors.items()})
    scene.expect_same("big-endian", file)
    for quote, end in (("'", "L"), ('"', ""), ("'", "")):
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("README.txt", "what the others do not read")
            for name, x in tensors.items():
                shape = ", ".join(f"{n}{end}" for n in x.shape)
                shape += "," if len(x.shape) == 1 else ""
                header = ("{'descr':'<f4','fortran_order':False,'shape':(%s)}"
                          % shape).replace("'", quote).encode() + b"\n"
                archive.writestr(name + ".npy", b"\x93NUMPY\1\0" + len(header)
                                 .to_bytes(2, "little") + header + x.tobytes())
        scene.expect_same(f"{quote} and {end}", file)


def what_is_not_clear_is_not_guessed(scene, tensors):
    file = scene.path("unclear.safetensors")
    write_safetensors(file, {**tensors, "bn.bias": tensors["output.bias"]})
    scene.refused(r"more than this network takes: bn.bias \[3\].*--ignore", file)
    scene.expect_same("the rest is ignored", file, "--ignore")
    square = {f"{name}.weight": np.full((4, 4), i, "f4")
              for i, name in enumerate(("input_fc", "fc_out"))}
    square |= {f"{name}.bias": np.zeros(4, "f4")
               for name in ("input_fc", "fc_out")}
    write_safetensors(file, square)
    scene.refused("have the same shape, and this file is sorted by names", file,
                  "--by-order", network="mlp:4-4-4")
    out, _ = run("model", "import", file, scene.path("square"), "--network",
                 "mlp:4-4-4", "--names", "hidden1=input_fc,output=fc_out")
    expect_text("hidden1.weight +<- input_fc.weight\n", out)
    # A layer without biases has some that are zero.
    del square["fc_out.bias"]
    write_safetensors(file, square)
    out, _ = run("model", "import", file, scene.path("unbiased"), "--network",
                 "mlp:4-4-4", "--names", "hidden1=input_fc,output=fc_out")
    expect_text("output.bias +<- zeros", out)
    for name, content, pattern in (
            ("m.h5", b"\x89HDF\r\n\x1a\n" + bytes(600), "Keras.*savez"),
            ("m.pt", None, "PyTorch.*safetensors.torch.save_file")):
        file = scene.path(name)
        if content:
            with open(file, "wb") as f:
                f.write(content)
        else:
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr("archive/data.pkl", "x")
        scene.refused(pattern, file)


def overlapping_tensors_are_refused(scene):
    header = json.dumps({
        name: {"dtype": "F32", "shape": [4], "data_offsets": [at, at + 16]}
        for name, at in (("a", 0), ("b", 12))}).encode()
    file = scene.path("overlapping.safetensors")
    with open(file, "wb") as f:
        f.write(len(header).to_bytes(8, "little") + header + bytes(28))
    scene.refused("'b' bytes that are those of another one", file)


def write_zip64(path, arrays, compression=zipfile.ZIP_STORED):
    """As Python writes archives beyond 4 GiB, but with lower limits; at the end,
    fields of 32 bits say nothing at all."""
    limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 10, 1
    try:
        with zipfile.ZipFile(path, "w", compression, allowZip64=True) as archive:
            for name, x in arrays.items():
                with archive.open(name + ".npy", "w", force_zip64=True) as f:
                    np.lib.format.write_array(f, x)
    finally:
        zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits
    with open(path, "r+b") as f:
        data = f.read()
        expect(data.count(b"PK\6\6") == data.count(b"PK\6\7") == 1, "zip64")
        f.seek(data.rindex(b"PK\5\6") + 8)
        f.write(b"\xff" * 12)


def archives_with_64_bits(scene, tensors):
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        file = scene.path(f"zip64-{kind}.npz")
        write_zip64(file, tensors, kind)
        expect(np.load(file)["hidden1.weight"].shape == (20, 6), "NumPy does")
        scene.expect_same("fields of 64 bits", file)


def what_does_not_fit_is_refused(scene, files, tensors):
    scene.refused("'hidden1.weight' is .20 x 6., but .* is .21 x 6.: give the "
                  "--network", files[0], network="mlp:6-21-3:tanh")
    file = scene.path("bad.npz")
    np.savez(file, **{**tensors, "output.weight": tensors["output.weight"].T})
    scene.refused(r"'output.weight' is .20 x 3.*transpose", file)
    np.savez(file, **{**tensors,
                      "output.bias": tensors["output.bias"].astype("i4")})
    scene.refused("'output.bias' has values of type <i4: convert", file)
    np.savez(file, tensors["output.bias"])
    scene.refused("not enough arrays with 2 dimensions", file, "--by-order")
    scene.refused("--names 'fc1': give LAYER=NAME", file, "--names", "fc1")
    for whole in (*files, scene.path("savez_compressed.npz")):
        with open(whole, "rb") as f:
            data = f.read()
        for cut in (0, 3, 8, len(data) // 2, len(data) - 1):
            with open(file, "wb") as f:
                f.write(data[:cut])
            scene.refused("bad.npz' is damaged at offset", file)
    # Checksums are looked at before anything is made.
    at = data.index(b".npy") + 60
    with open(file, "wb") as f:
        f.write(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1:])
    scene.refused("damaged at offset", file)
    with open(file, "wb") as f:
        f.write(b"\x93NUMPY nonsense, more of it")
    scene.refused("no safetensors and no .npz", file)
    scene.refused("No such file", scene.path("none"))
    _, err = run("model", "import", files[0], scene.model, "--network", NETWORK,
                 status=1)
    expect_text("holds a model already", err)


def an_import_is_trained(scene, model):
    """With data and options of its own, as no training made it."""
    _, err = run("train", "--model", model, "--resume", status=1)
    expect_text("give --data", err)
    run("train", "--model", model, "--resume", "--data", scene.data, "--batch",
        "20", "--optimizer", "momentum", "--lr", "0.05", "--epochs", "2")
    expect(scene.predict(model) != scene.answers, "it has learned")
    expect_text("optimizer momentum", run("model", "show", model)[0])
    # From here on it is a training's.
    _, err = run("train", "--model", model, "--resume", "--batch", "5",
                 status=1)
    expect_text("--batch 5 .the model has 20.", err)
    run("train", "--model", model, "--resume", "--epochs", "3")
    expect_text("step 9", run("model", "show", model)[0])


with tempfile.TemporaryDirectory() as scratch:
    here = Scene(scratch)
    exported, values = export_is_read_by_others(here)
    trained = import_gives_it_back(here, exported)
    files_of_other_people(here, values)
    archives_with_64_bits(here, values)
    archives_of_other_writers(here, values)
    what_is_not_clear_is_not_guessed(here, values)
    overlapping_tensors_are_refused(here)
    what_does_not_fit_is_refused(here, exported, values)
    an_import_is_trained(here, trained)
