// Gated units (Shazeer 2020, arXiv 2002.05202): each neuron has two rows of
// weights, and yields what its `up` row gives times the activation of what its
// `gate` row does.
#include <array>

#include "metadata/layers/layer_rule.hpp"

namespace ganglion {

namespace {

class gated_layer_rule : public layer_rule {
public:
  [[nodiscard]] std::string problem(const network& net,
                                    layer_id id) const override {
    const auto& x = net.at(id);
    if (net.rows_of(id).size() != 1)
      return "must have one input";
    return x.values == 1 ? "" : "yields one value per neuron, no more";
  }

  [[nodiscard]] bool may_normalise() const override {
    return true;
  }

  [[nodiscard]] std::vector<parameter_part> parts(const network& net,
                                                  layer_id id) const override {
    auto columns = net.width_of(net.at(id).inputs[0]);
    return {{.name = "gate", .columns = columns, .input = 0},
            {.name = "up", .columns = columns, .input = 0}};
  }

  [[nodiscard]] std::string word(const layer& x) const override {
    return "gated " + to_string(x.activation);
  }
};

} // namespace

const layer_rule& gated_rule() {
  static const gated_layer_rule rule;
  return rule;
}

} // namespace ganglion
