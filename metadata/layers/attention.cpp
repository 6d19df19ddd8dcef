// Attention (Vaswani et al. 2017, arXiv 1706.03762) with grouped queries
// (Ainslie et al. 2023, arXiv 2305.13245): a neuron is a key-value group. It
// owns the rows of one key head, one value head and of the query heads that
// look through them, and yields these heads' outputs, side by side.
#include <array>

#include <fmt/format.h>

#include "metadata/layers/attention_settings.hpp"
#include "metadata/layers/layer_rule.hpp"
#include "metadata/layers/row_layout.hpp"

namespace ganglion {

namespace {

constexpr std::array<std::string_view, 11> setting_names{
  "head", "queries", "window",  "theta",   "scaling", "factor",
  "low",  "high",    "context", "epsilon", "biases"};

std::string problem_of(const attention_settings& x) {
  if (x.head == 0 || x.queries == 0)
    return "needs the values of a head, and query heads";
  if (x.theta != 0 && (x.head % 2 != 0 || !(x.theta > 1)))
    return fmt::format("turns heads of {} values by base {}: give an even "
                       "number, and a base above 1",
                       x.head, x.theta);
  if (x.scaling > rotary_scaling::llama3 || !(x.factor >= 1))
    return "turns positions in no way that is known";
  if (x.scaling == rotary_scaling::llama3
      && !(x.low > 0 && x.high > x.low && x.context > 0))
    return "needs the wave lengths between which llama3's scaling changes";
  return x.epsilon >= 0 ? "" : "needs an epsilon of 0 or more";
}

class attention_layer_rule : public layer_rule {
public:
  [[nodiscard]] std::string problem(const network& net,
                                    layer_id id) const override {
    const auto& x = net.at(id);
    if (net.rows_of(id).size() != 2 || !reads_layout(net, x.inputs[1]))
      return "must read a row, and tokens: an input of 3 neurons, token, "
             "position, conversation";
    if (x.activation != activation_kind::identity)
      return "has no activation";
    constexpr auto widest = std::uint64_t{1} << 24;
    if (net.width_of(x.inputs[0]) > widest)
      return fmt::format("reads a row of more than {} values", widest);
    auto y = settings_of(x);
    if (auto wrong = problem_of(y); !wrong.empty())
      return wrong;
    return x.values == y.head * y.queries
             ? ""
             : fmt::format(
               "yields {} values per neuron, and has {} heads of {}", x.values,
               y.queries, y.head);
  }

  [[nodiscard]] bool may_normalise() const override {
    return true;
  }

  /// Its key and its value.
  [[nodiscard]] std::uint64_t kept_values(const layer& x) const override {
    return 2 * settings_of(x).head;
  }

  /// A head's softmax is its own affair: nothing is added over neurons.
  [[nodiscard]] std::uint64_t block(const layer&) const override {
    return 1;
  }

  [[nodiscard]] std::vector<parameter_part> parts(const network& net,
                                                  layer_id id) const override {
    auto x = settings_of(net.at(id));
    auto width = net.width_of(net.at(id).inputs[0]);
    auto rows = x.queries * x.head;
    std::vector<parameter_part> result{
      {.name = "query", .columns = rows * width, .input = 0},
      {.name = "key", .columns = x.head * width, .input = 0},
      {.name = "value", .columns = x.head * width, .input = 0}};
    auto add = [&](const char* name, std::uint64_t columns, float initial) {
      result.push_back({.name = name,
                        .columns = columns,
                        .decays = false,
                        .initial = initial});
    };
    if (x.biases) {
      add("query_bias", rows, 0);
      add("key_bias", x.head, 0);
      add("value_bias", x.head, 0);
    }
    if (x.epsilon > 0) {
      add("query_norm", x.head, 1);
      add("key_norm", x.head, 1);
    }
    return result;
  }

  [[nodiscard]] std::span<const std::string_view> settings() const override {
    return setting_names;
  }

  [[nodiscard]] std::string describe(const layer& x) const override {
    auto y = settings_of(x);
    return fmt::format("attention, {} heads of {}", x.neurons * y.queries,
                       y.head)
           + (y.window > 0 ? fmt::format(", window {}", y.window) : "");
  }
};

} // namespace

attention_settings settings_of(const layer& x) {
  const auto& s = x.settings;
  auto whole = [](double y) {
    constexpr double most = 1 << 24;
    return y >= 0 && y <= most ? static_cast<std::uint64_t>(y) : 0;
  };
  return {whole(s[0]),
          whole(s[1]),
          whole(s[2]),
          s[3],
          static_cast<rotary_scaling>(whole(s[4])),
          s[5],
          s[6],
          s[7],
          s[8],
          s[9],
          s[10] != 0};
}

std::vector<double> to_settings(const attention_settings& x) {
  auto number = [](std::uint64_t y) { return static_cast<double>(y); };
  return {number(x.head),
          number(x.queries),
          number(x.window),
          x.theta,
          static_cast<double>(x.scaling),
          x.factor,
          x.low,
          x.high,
          x.context,
          x.epsilon,
          x.biases ? 1.0 : 0.0};
}

const layer_rule& attention_rule() {
  static const attention_layer_rule rule;
  return rule;
}

} // namespace ganglion
