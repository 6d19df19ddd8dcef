// Embeddings: a row is a token's number and its position, and each neuron
// yields one coordinate of what the token stands for, plus, where positions are
// learned, of what its position does. As a dense layer over one-hot rows, but
// nobody makes these.
#include <array>

#include <fmt/format.h>

#include "metadata/layers/layer_rule.hpp"
#include "metadata/layers/row_layout.hpp"

namespace ganglion {

namespace {

constexpr std::array<std::string_view, 2> embedding_settings{"tokens",
                                                             "positions"};

bool is_size(double x, double least) {
  // What a float counts exactly.
  constexpr double most = 1 << 24;
  return x >= least && x <= most
         && static_cast<double>(static_cast<std::uint64_t>(x)) == x;
}

class embedding_layer_rule : public layer_rule {
public:
  [[nodiscard]] std::string problem(const network& net,
                                    layer_id id) const override {
    const auto& x = net.at(id);
    if (x.inputs.size() != 1 || !reads_layout(net, x.inputs[0]))
      return "must read tokens, an input of 3 neurons: token, position, "
             "conversation";
    if (x.values != 1 || x.activation != activation_kind::identity)
      return "yields one value per neuron and has no activation";
    if (!is_size(x.settings[0], 1) || !is_size(x.settings[1], 0))
      return fmt::format("knows {} tokens and {} positions: give whole numbers "
                         "up to {}",
                         x.settings[0], x.settings[1], 1 << 24);
    return {};
  }

  [[nodiscard]] std::vector<parameter_part> parts(const network& net,
                                                  layer_id id) const override {
    const auto& x = net.at(id);
    std::vector<parameter_part> result{
      {.name = "token", .columns = static_cast<std::uint64_t>(x.settings[0])}};
    if (x.settings[1] > 0)
      result.push_back({.name = "position",
                        .columns = static_cast<std::uint64_t>(x.settings[1])});
    return result;
  }

  [[nodiscard]] std::uint64_t fan_in(const network&, layer_id) const override {
    return layout_columns;
  }

  [[nodiscard]] std::span<const std::string_view> settings() const override {
    return embedding_settings;
  }

  [[nodiscard]] std::optional<row_limits>
  limits(const layer& x) const override {
    return row_limits{static_cast<std::uint64_t>(x.settings[0]),
                      static_cast<std::uint64_t>(x.settings[1])};
  }
};

} // namespace

const layer_rule& embedding_rule() {
  static const embedding_layer_rule rule;
  return rule;
}

} // namespace ganglion
