"""Data as scikit-learn and FANN ship them: trained by one command each, which
docs/DATA.md gives, and asked about."""
# test: timeout=120
import json
import os
import re
import shlex
import struct
import subprocess
import sys
import tempfile

from program import PROGRAM, expect, expect_text, run, train_json

SKLEARN = "/usr/lib/python3/dist-packages/sklearn/datasets/data"
FANN = "/usr/share/doc/libfann-dev/examples/datasets"


def there(path):
    if os.path.exists(path):
        return True
    if "GANGLION_TEST_DATA" in os.environ:
        sys.exit(f"FAILED: {path} is missing: run scripts/setup --tests")
    print(f"skipped: {path} is not there (scripts/setup --tests)")
    return False


def classified(name, network, least):
    result = train_json("--network", network, "--data", f"{SKLEARN}/{name}.csv",
                        "--scale", "standard", "--validation", "0.2", "--batch",
                        "16", "--epochs", "60", "--lr", "0.01")
    expect(result["validation_accuracy"] >= least,
           f"{name}: {result['validation_accuracy']}")


def robot(scratch):
    """A regression: as good as a network written independently with NumPy."""
    model = os.path.join(scratch, "robot")
    job = ["--network", "mlp:48-96-3:tanh", "--data", f"{FANN}/robot.train",
           "--batch", "16", "--epochs", "100", "--lr", "0.001"]
    result = train_json(*job, "--model", model)
    expect(result["test_r2"] > 0.5, f"R^2 {result['test_r2']}")
    import numpy
    read = lambda name: parts_of(numpy, f"{FANN}/robot.{name}")
    error = independent(numpy, read("train"), read("test"))
    expect(result["test_mean_error"] < 1.05 * error,
           f"{result['test_mean_error']}, where another has {error}")
    out, _ = run("predict", "--model", model, "--data", f"{FANN}/robot.test",
                 "--output", "-")
    lines = out.splitlines()
    expect_text("^sample,target_0,target_1,target_2,predicted_0", lines[0])
    answers = numpy.array([[float(x) for x in line.split(",")[1:]]
                           for line in lines[1:]])
    mean = abs(answers[:, 3:] - answers[:, :3]).mean()
    expect(abs(mean - result["test_mean_error"]) < 1e-5,
           "the mean error is that of the answers")


def parts_of(numpy, path):
    with open(path) as f:
        numbers = [float(x) for x in f.read().split()]
    samples, inputs, outputs = map(int, numbers[:3])
    table = numpy.array(numbers[3:3 + samples * (inputs + outputs)])
    table = table.reshape(samples, inputs + outputs)
    return table[:, :inputs], table[:, inputs:]


def independent(numpy, train, test):
    """Adam on an MLP of the same size, in a few lines of NumPy."""
    draw = numpy.random.default_rng(1)
    x, y = train
    sizes = [(x.shape[1], 96), (96, y.shape[1])]
    weights = [draw.uniform(-1, 1, s) * (6 / sum(s)) ** 0.5 for s in sizes]
    parts = weights + [numpy.zeros(96), numpy.zeros(y.shape[1])]
    first, second = ([numpy.zeros_like(p) for p in parts] for _ in "ab")
    step = 0
    for _ in range(100):
        for rows in numpy.array_split(draw.permutation(len(x)), len(x) // 16):
            hidden = numpy.tanh(x[rows] @ parts[0] + parts[2])
            slope = 2 * (hidden @ parts[1] + parts[3] - y[rows]) / y[rows].size
            back = slope @ parts[1].T * (1 - hidden ** 2)
            slopes = [x[rows].T @ back, hidden.T @ slope, back.sum(0),
                      slope.sum(0)]
            step += 1
            for p, g, m, v in zip(parts, slopes, first, second):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                p -= 0.001 * (m / (1 - 0.9 ** step)) / (
                    (v / (1 - 0.999 ** step)) ** 0.5 + 1e-8)
    hidden = numpy.tanh(test[0] @ parts[0] + parts[2])
    return abs(hidden @ parts[1] + parts[3] - test[1]).mean()


def names(scratch):
    """What a model learned of its classes holds for other files."""
    at = lambda name: os.path.join(scratch, name)
    write = lambda name, text: open(at(name), "w").write(text)
    write("three.csv", "a,b,kind\n" + "0.1,0.9,ash\n9.8,0.3,elm\n0.5,9.4,fir\n"
          * 8)
    write("two.csv", "a,b,kind\n9.7,0.2,elm\n0.4,9.5,fir\n")
    write("other.csv", "a,b,kind\n9.7,0.2,oak\n")
    write("asked.csv", "a,b\n0.4,9.5\n")
    run("train", "--network", "mlp:2-16-3", "--data", at("three.csv"), "--batch",
        "4", "--epochs", "60", "--lr", "0.05", "--scale", "standard", "--model",
        at("model"))
    out, err = run("predict", "--model", at("model"), "--data", at("two.csv"),
                   "--output", "-", "--probabilities")
    lines = out.splitlines()
    expect(lines[0] == "sample,label,predicted,probability_ash,probability_elm,"
           "probability_fir", lines[0])
    expect_text("^0,elm,elm,", lines[1])
    expect_text("^1,fir,fir,", lines[2])
    expect_text(r"test accuracy 100\.00 % of 2 samples", err)
    _, err = run("predict", "--model", at("model"), "--data", at("other.csv"),
                 status=1)
    expect_text("'oak' is none of the classes of the model", err)
    out, _ = run("predict", "--model", at("model"), "--data", at("asked.csv"),
                 "--output", "-", "--format", "json")
    expect(json.loads(out) == {"sample": 0, "predicted": "fir"}, out)
    # A branch of a model, and a model that is resumed, know them, too.
    run("model", "branch", at("model"), at("branch"))
    out, _ = run("predict", "--model", at("branch"), "--data", at("two.csv"),
                 "--output", "-")
    expect_text("\n1,fir,fir", out)
    run("train", "--model", at("branch"), "--resume", "--epochs", "61")


def big_endian(*numbers):
    return struct.pack(f">{len(numbers)}I", *numbers)


def documented(scratch):
    """The commands of docs/DATA.md and TRAINING.md, which say that a test runs
    them."""
    def write(name, content):
        os.makedirs(os.path.dirname(os.path.join(scratch, name)), exist_ok=True)
        with open(os.path.join(scratch, name), "wb") as f:
            f.write(content)

    write("visits.csv", b'"dose, mg",outcome,weight\n1,alive,60\nNA,dead,70\n'
          b'3,alive,\n4,"dead",80\n')
    write("asked.csv", b'"dose, mg",weight\n2,65\n')
    write("houses.csv", b"size;rooms;price\n" + b"1.000,5;3;20,5\n80;2;7\n" * 4)
    for part in ("train", "t10k"):
        write(f"mnist/{part}-images.idx3-ubyte",
              big_endian(0x803, 200, 28, 28) + bytes(200 * 784))
        write(f"mnist/{part}-labels.idx1-ubyte",
              big_endian(0x801, 200) + bytes(i % 10 for i in range(200)))
    write("novel.txt", b"It was a dark and stormy night; the rain fell. " * 40)
    blocks = []
    for page in ("DATA", "TRAINING"):
        with open(f"{os.environ['SOURCE_DIR']}/docs/{page}.md") as f:
            blocks += re.findall(r"^```\n(.*?)^```", f.read(), re.M | re.S)
    done = 0
    for line in "".join(blocks).replace("\\\n", " ").splitlines():
        words = shlex.split(line)
        expect(words[0] == "ganglion", line)
        if all(there(x) for x in words if x.startswith("/")):
            subprocess.run([PROGRAM, *words[1:]], cwd=scratch, check=True,
                           capture_output=True, timeout=60)
            done += 1
    expect(done >= 5, f"{done} commands")
    with open(os.path.join(scratch, "answers.csv")) as f:
        expect_text("^sample,predicted,probability_alive,probability_dead\n0,",
                    f.read())


def connectome(folder):
    """The wiring of C. elegans as it is published: names, four columns, doubled
    pairs. A node more or less changes no bit of what it answers."""
    path = f"{folder}/connectome/white_1986_whole.csv"
    expect(os.path.exists(path), f"{path} is there")
    answers = set()
    for nodes in ("inside:1", "local:3"):
        out, _ = run("repl", "--batch", input=f"network edges {path} doubled sum"
                     f"\ndeploy {nodes}\nfire 1 1 1 1 1 1 1 1 1 ticks 20\n")
        expect_text("9 neurons, .*\n.* 300 neurons, .* 2818 edges", out)
        expect_text(" 0 GLRDR .* 30 AVAL ", out.replace("\n", " "))
        answers.add(out[out.index("answers"):])
    expect(len(answers) == 1, "the same answers")
    # By name, also of neurons that are driven and read others.
    out, _ = run("repl", "--batch", input=f"network edges {path} doubled sum "
                 "inputs ADAL,ASHL outputs AVAL,AVAR\ndeploy inside:2\n"
                 "set AVAL.bias 0.5\nconnect ADAL -> AVAL weight 2\nfire 1 0\n"
                 "show AVAL\n")
    for text in ("ADAL reads others, too: the input ADAL_in drives it",
                 "outputs AVAR, AVAL", "ADAL -> AVAL, new: weight 2.0000",
                 r"AVAL: neuron \d+, tanh", "bias +0.5000",
                 "reads ADAL +weight"):
        expect_text(text, out)


with tempfile.TemporaryDirectory() as here:
    names(here)
    if "GANGLION_TEST_DATA" in os.environ:
        connectome(os.environ["GANGLION_TEST_DATA"])
    else:
        print("skipped: the connectome (GANGLION_TEST_DATA is not set)")
    documented(os.path.join(here, "documented"))
    if there(SKLEARN):
        classified("iris", "mlp:4-16-3", 0.9)
        classified("wine_data", "mlp:13-16-3", 0.9)
        classified("breast_cancer", "mlp:30-16-2", 0.93)
    if there(FANN):
        robot(here)
