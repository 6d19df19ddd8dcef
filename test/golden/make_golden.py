"""Golden numbers for test/kernel/golden.cpp, computed without our code: plain
Python in double precision, written from the textbook formulas. Writes
golden.txt beside itself; run it by hand when the cases change.

The network is 4-5-3, the batch 3 samples of classes 0, 2, 1; inputs and weights
are simple fractions, so that both sides make the same ones."""
import math
import os

INPUTS, HIDDEN, OUTPUTS, ROWS = 4, 5, 3, 3
CLASSES = [0, 2, 1]
RATE, MOMENTUM, BETA1, BETA2, EPSILON = 0.05, 0.9, 0.9, 0.999, 1e-8


def samples():
    return [[((7 * (r * INPUTS + i)) % 11 - 5) / 8 for i in range(INPUTS)]
            for r in range(ROWS)]


def parameters(neurons, inputs, salt):
    """A row per neuron: its weights, then its bias."""
    return [[((5 * (n * (inputs + 1) + i) + salt) % 13 - 6) / 10
             for i in range(inputs + 1)] for n in range(neurons)]


def phi(x):
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


ACTIVATIONS = {
    "identity": (lambda x: x, lambda x: 1.0),
    "relu": (lambda x: max(x, 0.0), lambda x: 1.0 if x > 0 else 0.0),
    "sigmoid": (lambda x: 1 / (1 + math.exp(-x)),
                lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2),
    "tanh": (math.tanh, lambda x: 1 - math.tanh(x) ** 2),
    "gelu": (lambda x: x * phi(x),
             lambda x: phi(x) + x * math.exp(-x * x / 2)
             / math.sqrt(2 * math.pi)),
    "silu": (lambda x: x / (1 + math.exp(-x)),
             lambda x: 1 / (1 + math.exp(-x))
             + x * math.exp(-x) / (1 + math.exp(-x)) ** 2),
}


def affine(w, x):
    return [sum(a * b for a, b in zip(row, x)) + row[-1] for row in w]


def cross_entropy(y, label):
    total = sum(math.exp(v) for v in y)
    return (-math.log(math.exp(y[label]) / total),
            [math.exp(v) / total - (k == label) for k, v in enumerate(y)])


def mean_squared_error(y, label):
    error = [v - (k == label) for k, v in enumerate(y)]
    return (sum(e * e for e in error) / len(y),
            [2 * e / len(y) for e in error])


LOSSES = {"cross_entropy": cross_entropy,
          "mean_squared_error": mean_squared_error}


def run(w1, w2, activation, loss):
    """Outputs, sum of losses, gradients of both layers (mean over samples)."""
    f, derivative = ACTIVATIONS[activation]
    g1 = [[0.0] * len(row) for row in w1]
    g2 = [[0.0] * len(row) for row in w2]
    outputs, total = [], 0.0
    for x, label in zip(samples(), CLASSES):
        raw = affine(w1, x)
        hidden = [f(v) for v in raw]
        y = affine(w2, hidden)
        value, dy = LOSSES[loss](y, label)
        outputs += y
        total += value
        for n, d in enumerate(dy):
            for i, h in enumerate(hidden + [1.0]):
                g2[n][i] += d * h / ROWS
        for i in range(HIDDEN):
            back = sum(dy[n] * w2[n][i] for n in range(OUTPUTS)) \
                * derivative(raw[i])
            for j, v in enumerate(x + [1.0]):
                g1[i][j] += back * v / ROWS
    return outputs, total, g1, g2


def clip(layers, longest):
    """As torch.nn.utils.clip_grad_norm_ does it."""
    norm = math.sqrt(sum(x * x for g in layers for row in g for x in row))
    scale = min(1.0, longest / (norm + 1e-6))
    return [[[x * scale for x in row] for row in g] for g in layers]


def apply(kind, step, w, g, state, decay, biases=False):
    for n, row in enumerate(w):
        for i in range(len(row)):
            is_bias = i == len(row) - 1
            shrinks = decay if biases or not is_bias else 0
            decoupled = kind in ("adamw", "lion")
            if decoupled:
                row[i] *= 1 - RATE * shrinks
            d = g[n][i] + (0 if decoupled else shrinks * row[i])
            m, v = state[n][i]
            if kind == "sgd":
                row[i] -= RATE * d
            elif kind == "momentum":
                m = MOMENTUM * m + d
                row[i] -= RATE * m
            elif kind == "lion":
                # As the paper's program 1: a sign, then the momentum.
                c = BETA1 * m + (1 - BETA1) * d
                row[i] -= RATE * ((c > 0) - (c < 0))
                m = BETA2 * m + (1 - BETA2) * d
            else:
                m = BETA1 * m + (1 - BETA1) * d
                v = BETA2 * v + (1 - BETA2) * d * d
                row[i] -= RATE * (m / (1 - BETA1 ** step)) \
                    / (math.sqrt(v / (1 - BETA2 ** step)) + EPSILON)
            state[n][i] = (m, v)


def flat(rows):
    return [x for row in rows for x in row]


def lines():
    for activation in ACTIVATIONS:
        for loss in LOSSES:
            w1, w2 = parameters(HIDDEN, INPUTS, 1), \
                parameters(OUTPUTS, HIDDEN, 4)
            outputs, total, g1, g2 = run(w1, w2, activation, loss)
            name = f"{activation}.{loss}"
            yield name + ".outputs", outputs
            yield name + ".loss", [total]
            yield name + ".gradients1", flat(g1)
            yield name + ".gradients2", flat(g2)
    for kind in ("sgd", "momentum", "adam", "adamw", "lion"):
        for decay, biases, longest in ((0.0, False, 0), (0.25, False, 0),
                                       (0.25, True, 0), (0.25, False, 0.5)):
            w1, w2 = parameters(HIDDEN, INPUTS, 1), \
                parameters(OUTPUTS, HIDDEN, 4)
            s1 = [[(0.0, 0.0)] * len(row) for row in w1]
            s2 = [[(0.0, 0.0)] * len(row) for row in w2]
            for step in (1, 2, 3):
                _, _, g1, g2 = run(w1, w2, "tanh", "cross_entropy")
                if longest:
                    g1, g2 = clip([g1, g2], longest)
                apply(kind, step, w1, g1, s1, decay, biases)
                apply(kind, step, w2, g2, s2, decay, biases)
            name = f"{kind}.{decay:g}" + ".biases" * biases \
                + ".clipped" * (longest > 0)
            yield name + ".weights1", flat(w1)
            yield name + ".weights2", flat(w2)


path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.txt")
with open(path, "w") as out:
    for name, numbers in lines():
        print(name + ":", *(f"{x:.12g}" for x in numbers), file=out)
