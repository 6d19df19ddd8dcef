// Root mean square normalisation (Zhang and Sennrich 2019, arXiv 1910.07467):
// each neuron yields its own coordinate of the row, divided by the row's root
// mean square, times its weight.
#include <array>

#include "metadata/layers/layer_rule.hpp"

namespace ganglion {

namespace {

constexpr std::array<std::string_view, 1> rms_settings{"epsilon"};

class rms_layer_rule : public layer_rule {
public:
  [[nodiscard]] std::string problem(const network& net,
                                    layer_id id) const override {
    if (auto wrong = problem_of_reader(net, id); !wrong.empty())
      return wrong;
    if (!(net.at(id).settings[0] >= 0))
      return "needs an epsilon of 0 or more";
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
             .initial = 1.0f}};
  }

  [[nodiscard]] std::span<const std::string_view> settings() const override {
    return rms_settings;
  }

  [[nodiscard]] std::optional<caf::expected<layer>>
  parse(std::string_view word, const layer& before) const override {
    constexpr double usual_epsilon = 1e-5;
    if (word != "rms")
      return std::nullopt;
    return layer{.kind = layer_kind::rms,
                 .neurons = before.neurons,
                 .inputs = {},
                 .settings = {usual_epsilon}};
  }
};

} // namespace

const layer_rule& rms_rule() {
  static const rms_layer_rule rule;
  return rule;
}

} // namespace ganglion
