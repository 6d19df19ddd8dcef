// Dense layers: every neuron reads every value of all inputs, and has a weight
// for each and a bias.
#include "metadata/layers/layer_rule.hpp"

namespace ganglion {

namespace {

class dense_layer_rule : public layer_rule {
public:
  [[nodiscard]] std::string problem(const network& net,
                                    layer_id id) const override {
    return net.at(id).values == 1 ? ""
                                  : "is dense: its neurons yield one value, no "
                                    "more";
  }

  [[nodiscard]] bool may_normalise() const override {
    return true;
  }

  [[nodiscard]] std::vector<parameter_part> parts(const network& net,
                                                  layer_id id) const override {
    std::vector<parameter_part> result;
    auto inputs = net.rows_of(id);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      result.push_back({.name = inputs.size() == 1
                                  ? "weight"
                                  : "weight." + net.at(inputs[i]).name,
                        .columns = net.width_of(inputs[i]),
                        .input = i});
    result.push_back({.name = "bias",
                      .columns = 1,
                      .vector = true,
                      .optional = true,
                      .decays = false,
                      .initial = 0.0f});
    return result;
  }

  [[nodiscard]] std::string word(const layer& x) const override {
    return to_string(x.activation);
  }
};

} // namespace

const layer_rule& dense_rule() {
  static const dense_layer_rule rule;
  return rule;
}

} // namespace ganglion
