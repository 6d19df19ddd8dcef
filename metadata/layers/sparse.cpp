// Sparse layers: neurons wired one by one, with a weight for each edge and a
// bias; see metadata/network/wiring.hpp. For inference.
#include <fmt/format.h>

#include "metadata/layers/layer_rule.hpp"

namespace ganglion {

namespace {

class sparse_layer_rule : public layer_rule {
public:
  [[nodiscard]] std::string problem(const network& net,
                                    layer_id id) const override {
    for (auto input : net.at(id).inputs)
      if (net.at(input).values != 1 || net.at(id).values != 1)
        return "is sparse: it and its inputs yield one value per neuron, no "
               "more";
    return {};
  }

  [[nodiscard]] bool trainable() const override {
    return false;
  }

  [[nodiscard]] bool wired() const override {
    return true;
  }

  /// Sums are over edges, whoever else lives beside a neuron.
  [[nodiscard]] std::uint64_t block(const layer&) const override {
    return 1;
  }

  [[nodiscard]] std::uint64_t usual_group() const override {
    return 1;
  }

  [[nodiscard]] std::vector<parameter_part> parts(const network& net,
                                                  layer_id id) const override {
    return {
      {.name = "weight", .columns = net.schedule_of(id).row, .ragged = true},
      {.name = "bias",
       .columns = 1,
       .vector = true,
       .optional = true,
       .decays = false,
       .initial = 0.0f}};
  }

  [[nodiscard]] std::uint64_t fan_in(const network& net,
                                     layer_id id) const override {
    return net.schedule_of(id).row;
  }

  [[nodiscard]] std::uint64_t used(const network& net, layer_id id,
                                   neuron_range range) const override {
    return edges_into(net.at(id).wires, range).size() + range.count;
  }

  void each_read(const network& net, layer_id id, neuron_range range,
                 const read_visitor& visit) const override {
    for (auto x : edges_into(net.at(id).wires, range))
      visit({x.source, 1}, 1);
  }

  [[nodiscard]] std::string word(const layer& x) const override {
    return to_string(x.activation);
  }

  [[nodiscard]] std::string describe(const layer& x) const override {
    return fmt::format("{}, {} edges", word(x), x.wires.edges.size());
  }
};

} // namespace

const layer_rule& sparse_rule() {
  static const sparse_layer_rule rule;
  return rule;
}

} // namespace ganglion
