// A named part of a neuron's row of parameters: the weights of an input, a
// bias, a scale. Passive data; rules make them, and the network keeps them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace ganglion {

struct parameter_part {
  /// After the layer's name in files of arrays: "weight", "weight.hidden1".
  std::string name;
  /// Parameters of each neuron.
  std::uint64_t columns = 0;
  /// Which of the layer's inputs they are the weights of, if of any.
  std::optional<std::size_t> input = {};
  /// Whether a file gives one number per neuron, [neurons] instead of
  /// [neurons x 1].
  bool vector = false;
  /// Whether files may leave it out, as layers without biases do: it is as at
  /// first then.
  bool optional = false;
  /// Whether weight decay applies where only weights decay.
  bool decays = true;
  /// Whether neurons have fewer than `columns`, as many as they have edges;
  /// rows are filled up with zeros.
  bool ragged = false;
  /// At first, where they are not drawn.
  std::optional<float> initial = {};

  friend bool operator==(const parameter_part&, const parameter_part&)
    = default;
};

} // namespace ganglion
