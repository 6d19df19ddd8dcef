// Dropout (Srivastava et al. 2014): while it trains, each neuron leaves out a
// value with probability `rate`, and scales up the others. Without parameters.
#include <array>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/layers/layer_rule.hpp"

namespace ganglion {

namespace {

constexpr std::array<std::string_view, 1> dropout_settings{"rate"};

class dropout_layer_rule : public layer_rule {
public:
  [[nodiscard]] std::string problem(const network& net,
                                    layer_id id) const override {
    if (auto wrong = problem_of_reader(net, id); !wrong.empty())
      return wrong;
    const auto& x = net.at(id);
    if (!(x.settings[0] >= 0 && x.settings[0] < 1))
      return fmt::format("leaves out {} of all values: give a rate from 0 to "
                         "below 1",
                         x.settings[0]);
    return x.neurons == net.at(x.inputs[0]).neurons
             ? ""
             : "has another number of neurons than its input";
  }

  [[nodiscard]] std::uint64_t fan_in(const network&, layer_id) const override {
    return 1;
  }

  void each_read(const network& net, layer_id id, neuron_range range,
                 const read_visitor& visit) const override {
    auto source = net.range_of(net.at(id).inputs[0]);
    visit({source.first + range.first - net.range_of(id).first, range.count},
          1);
  }

  [[nodiscard]] std::span<const std::string_view> settings() const override {
    return dropout_settings;
  }

  [[nodiscard]] std::optional<caf::expected<layer>>
  parse(std::string_view word, const layer& before) const override {
    auto rate = number_after("drop", word);
    if (!rate)
      return std::nullopt;
    if (!(*rate >= 0 && *rate < 1))
      return make_failure(errc::bad_argument,
                          fmt::format("'{}' leaves out all values: give a rate "
                                      "from 0 to below 1",
                                      word));
    return layer{.kind = layer_kind::dropout,
                 .neurons = before.neurons,
                 .inputs = {},
                 .settings = {*rate}};
  }
};

} // namespace

const layer_rule& dropout_rule() {
  static const dropout_layer_rule rule;
  return rule;
}

} // namespace ganglion
