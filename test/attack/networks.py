"""Networks to deploy, as messages carry them."""
import hashlib

import protocol
from protocol import make

SMALL = (4, 8, 3)


def perceptron(widths=SMALL):
    """Layers one after another, the first one being the input."""
    last = len(widths) - 1
    layers = [make("layer", name="input", kind=protocol.INPUT,
                   neurons=widths[0])]
    for i, width in enumerate(widths[1:], 1):
        layers.append(make("layer", neurons=width, inputs=[i - 1],
                           name="output" if i == last else f"hidden{i}",
                           activation=0 if i == last else 1))
    return make("network", layers=layers)


def ranges_of(network):
    """The range of each layer's neurons."""
    result = []
    first = 0
    for layer in network.layers:
        result.append(make("range", first=first, count=layer.neurons))
        first += layer.neurons
    return result


def row_of(network, layer):
    """Parameters of a neuron of a dense layer."""
    inputs = network.layers[layer].inputs
    return sum(network.layers[i].neurons for i in inputs) + 1


def weight_bytes(network):
    """What its weights take, about; its numbers may be any."""
    widths = [x.neurons % 2**64 * (x["values"] % 2**32)
              for x in network.layers]
    return sum(4 * width * (1 + sum(widths[i] for i in x.inputs
                                    if 0 <= i < len(widths)))
               for x, width in zip(network.layers, widths) if x.inputs)


def layer_of(network, neuron):
    """The layer that a neuron belongs to."""
    for i, x in enumerate(ranges_of(network)):
        if x.first <= neuron < x.first + x.count:
            return i
    raise ValueError(f"no neuron {neuron}")


def block_size_of(layer):
    """As a program fills it in where none is given."""
    if layer.block_size:
        return min(layer.block_size, layer.neurons)
    quarter = 1 << (max(layer.neurons // 4, 1).bit_length() - 1)
    return min(layer.neurons, max(16, min(quarter, 128)))


def fingerprint(network):
    """By which a model knows its network; of one without wires."""
    text = "".join(
        f"{x.name} {protocol.LAYERS[x.kind]} "
        f"{protocol.ACTIVATIONS[x.activation]} {x.neurons} {x['values']} "
        f"{block_size_of(x)} {','.join(map(str, x.inputs))}\n"
        for x in network.layers)
    return hashlib.sha256(text.encode()).hexdigest()


def all_on(network, names):
    """A placement of all that has weights: a layer each, node after node."""
    placed = [make("placed", range=x, layer=i, node=(i - 1) % len(names))
              for i, x in enumerate(ranges_of(network)) if i > 0]
    return make("placement", nodes=list(names), ranges=placed)


def deployment(run, nodes, network=None, **fields):
    """A deploy message for these nodes (their node_info)."""
    network = network or perceptron()
    if "where" not in fields:
        fields["where"] = all_on(network, [x.name for x in nodes])
    return make("deploy", run=run, net=network,
                cluster=make("cluster", nodes=list(nodes)), **fields)


def header(run, network, layer, **fields):
    """The header of a message about all neurons of a layer."""
    if "range" not in fields:
        fields["range"] = ranges_of(network)[layer]
    return make("header", run=run, layer=layer, **fields)


def in_range(first, count):
    return make("range", first=first, count=count)


class Deployed:
    """A deployment of one's own on one node."""

    def __init__(self, peer, run=5, network=None, **fields):
        self.peer = peer
        self.run = run
        self.network = network or perceptron()
        peer.ask("deploy", deployment(run, [peer.node], self.network,
                                      **fields))

    def hidden(self):
        """The neurons of the first layer with weights."""
        return ranges_of(self.network)[1]
