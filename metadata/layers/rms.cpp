// Root mean square normalisation: each neuron yields its own coordinate of the
// row, divided by the row's root mean square, times its weight; without an
// input its weight alone.
#include <array>

#include "metadata/layers/layer_rule.hpp"

namespace ganglion {

namespace {

constexpr std::array<std::string_view, 1> rms_settings{"epsilon"};

class rms_layer_rule : public layer_rule {
public:
  [[nodiscard]] std::string problem(const network& net,
                                    layer_id id) const override {
    if (!(net.at(id).settings[0] >= 0))
      return "needs an epsilon of 0 or more";
    return problem_of_norm(net, id, 1);
  }

  [[nodiscard]] std::optional<row_normalisation>
  normalisation(const layer& x) const override {
    return row_normalisation{.centred = false, .epsilon = x.settings[0]};
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
