// A dense layer whose neurons add their own coordinate of a row that passes by:
// the first input is read as a dense layer reads it, the second one is the row,
// with as many values as the layer has neurons.
#include "metadata/layers/layer_rule.hpp"

namespace ganglion {

namespace {

class residual_layer_rule : public layer_rule {
public:
  [[nodiscard]] std::string problem(const network& net,
                                    layer_id id) const override {
    const auto& x = net.at(id);
    if (x.inputs.size() != 2)
      return "must have two inputs: what it reads, and the row that it adds to";
    if (x.values != 1 || x.activation != activation_kind::identity)
      return "yields one value per neuron and has no activation";
    return net.width_of(x.inputs[1]) == x.neurons
             ? ""
             : "adds to a row of another length than it has neurons";
  }

  [[nodiscard]] bool adds_to_row() const override {
    return true;
  }

  [[nodiscard]] std::vector<parameter_part> parts(const network& net,
                                                  layer_id id) const override {
    return {{.name = "weight",
             .columns = net.width_of(net.at(id).inputs[0]),
             .input = 0},
            {.name = "bias",
             .columns = 1,
             .vector = true,
             .optional = true,
             .decays = false,
             .initial = 0.0f}};
  }

  [[nodiscard]] std::uint64_t fan_in(const network& net,
                                     layer_id id) const override {
    return net.width_of(net.at(id).inputs[0]) + 1;
  }

  void each_read(const network& net, layer_id id, neuron_range range,
                 const read_visitor& visit) const override {
    const auto& inputs = net.at(id).inputs;
    visit(net.range_of(inputs[0]), range.count);
    auto row = net.range_of(inputs[1]);
    auto values = net.at(inputs[1]).values;
    auto first = range.first - net.range_of(id).first;
    auto begin = first / values;
    auto end = (first + range.count + values - 1) / values;
    visit({row.first + begin, end - begin}, 1);
  }
};

} // namespace

const layer_rule& residual_rule() {
  static const residual_layer_rule rule;
  return rule;
}

} // namespace ganglion
