// Inputs: what the engine gives, a value a neuron or more.
#include "metadata/layers/layer_rule.hpp"

namespace ganglion {

namespace {

class input_layer_rule : public layer_rule {
public:
  [[nodiscard]] std::string problem(const network&, layer_id) const override {
    return {};
  }

  [[nodiscard]] bool given() const override {
    return true;
  }

  [[nodiscard]] std::string describe(const layer&) const override {
    return "input";
  }
};

} // namespace

const layer_rule& input_rule() {
  static const input_layer_rule rule;
  return rule;
}

} // namespace ganglion
