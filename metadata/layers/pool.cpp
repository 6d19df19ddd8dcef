// Pooling: each neuron yields the largest of `window` neighbours of its input,
// no neuron being read by two. Without parameters.
#include <array>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/layers/layer_rule.hpp"

namespace ganglion {

namespace {

constexpr std::array<std::string_view, 1> pool_settings{"window"};

class pool_layer_rule : public layer_rule {
public:
  [[nodiscard]] std::string problem(const network& net,
                                    layer_id id) const override {
    if (auto wrong = problem_of_reader(net, id); !wrong.empty())
      return wrong;
    const auto& x = net.at(id);
    auto read = net.at(x.inputs[0]).neurons;
    auto window = x.settings[0];
    if (!(window >= 1) || window > static_cast<double>(read)
        || static_cast<double>(static_cast<std::uint64_t>(window)) != window)
      return fmt::format("pools {} neurons, of {} that it reads", window, read);
    if (read % static_cast<std::uint64_t>(window) != 0
        || x.neurons != read / static_cast<std::uint64_t>(window))
      return fmt::format("pools {} neurons each of {}, and must divide them",
                         window, read);
    return {};
  }

  [[nodiscard]] std::uint64_t fan_in(const network& net,
                                     layer_id id) const override {
    return static_cast<std::uint64_t>(net.at(id).settings[0]);
  }

  void each_read(const network& net, layer_id id, neuron_range range,
                 const read_visitor& visit) const override {
    auto window = fan_in(net, id);
    auto source = net.range_of(net.at(id).inputs[0]);
    auto first = range.first - net.range_of(id).first;
    visit({source.first + first * window, range.count * window}, 1);
  }

  [[nodiscard]] std::span<const std::string_view> settings() const override {
    return pool_settings;
  }

  [[nodiscard]] std::optional<caf::expected<layer>>
  parse(std::string_view word, const layer& before) const override {
    auto window = number_after("pool", word);
    if (!window)
      return std::nullopt;
    auto whole = *window >= 1 && *window <= static_cast<double>(before.neurons)
                   ? static_cast<std::uint64_t>(*window)
                   : 0;
    if (whole == 0 || before.neurons % whole != 0)
      return make_failure(
        errc::bad_argument,
        fmt::format("'{}' does not divide the {} neurons before it", word,
                    before.neurons));
    return layer{.kind = layer_kind::pool,
                 .neurons = before.neurons / whole,
                 .inputs = {},
                 .settings = {*window}};
  }
};

} // namespace

const layer_rule& pool_rule() {
  static const pool_layer_rule rule;
  return rule;
}

} // namespace ganglion
