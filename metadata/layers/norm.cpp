// Layer normalisation (Ba et al. 2016, arXiv 1607.06450): each neuron yields
// its own coordinate of the normalised row, times its weight, plus its bias.
#include "metadata/error.hpp"
#include "metadata/layers/layer_rule.hpp"

namespace ganglion {

namespace {

class norm_layer_rule : public layer_rule {
public:
  [[nodiscard]] std::string problem(const network& net,
                                    layer_id id) const override {
    if (auto wrong = problem_of_reader(net, id); !wrong.empty())
      return wrong;
    return net.at(id).neurons == net.at(net.at(id).inputs[0]).neurons
             ? ""
             : "normalises another number of neurons than its input has";
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
