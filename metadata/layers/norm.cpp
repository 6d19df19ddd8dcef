// Layer normalisation: each neuron yields its own coordinate of the normalised
// row, times its weight, plus its bias; without an input weight and bias.
#include "metadata/error.hpp"
#include "metadata/layers/layer_rule.hpp"

namespace ganglion {

namespace {

class norm_layer_rule : public layer_rule {
public:
  [[nodiscard]] std::string problem(const network& net,
                                    layer_id id) const override {
    return problem_of_norm(net, id, 2);
  }

  [[nodiscard]] std::optional<row_normalisation>
  normalisation(const layer&) const override {
    return row_normalisation{.centred = true, .epsilon = 1e-5};
  }

  [[nodiscard]] std::vector<parameter_part> parts(const network&,
                                                  layer_id) const override {
    return {{.name = "weight",
             .columns = 1,
             .vector = true,
             .decays = false,
             .initial = 1.0f},
            {.name = "bias",
             .columns = 1,
             .vector = true,
             .optional = true,
             .decays = false,
             .initial = 0.0f}};
  }

  [[nodiscard]] std::optional<caf::expected<layer>>
  parse(std::string_view word, const layer& before) const override {
    if (word != "norm")
      return std::nullopt;
    return layer{
      .kind = layer_kind::norm, .neurons = before.neurons, .inputs = {}};
  }
};

} // namespace

const layer_rule& norm_rule() {
  static const norm_layer_rule rule;
  return rule;
}

} // namespace ganglion
