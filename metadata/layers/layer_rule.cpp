#include "metadata/layers/layer_rule.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "metadata/layers/row_layout.hpp"
#include "metadata/network/blocks.hpp"
#include "metadata/text/enum_text.hpp"
#include "metadata/text/number_text.hpp"

namespace ganglion {

namespace {

#define GANGLION_KIND_NAME(name) #name,
constexpr auto layer_kinds = std::to_array<std::string_view>(
  {GANGLION_LAYER_KINDS(GANGLION_KIND_NAME)});
#undef GANGLION_KIND_NAME

#define GANGLION_KIND(name) layer_kind::name,
constexpr auto kinds_in_order = std::to_array<layer_kind>(
  {GANGLION_LAYER_KINDS(GANGLION_KIND)});
#undef GANGLION_KIND

} // namespace

GANGLION_DEFINE_ENUM(layer_kind, layer_kinds)

bool is_known(layer_kind kind) noexcept {
  return static_cast<std::size_t>(kind) < layer_kinds.size();
}

const layer_rule& rule_of(layer_kind kind) {
#define GANGLION_RULE(name) &name##_rule(),
  static const auto rules = std::to_array<const layer_rule*>(
    {GANGLION_LAYER_KINDS(GANGLION_RULE)});
#undef GANGLION_RULE
  return *rules[static_cast<std::size_t>(kind)];
}

std::span<const layer_kind> all_layer_kinds() {
  return kinds_in_order;
}

std::optional<row_normalisation> layer_rule::normalisation(const layer&) const {
  return std::nullopt;
}

std::uint64_t layer_rule::block(const layer& x) const {
  return x.block_size > 0 ? std::min(x.block_size, x.neurons)
                          : default_block_size(x.neurons);
}

std::vector<parameter_part> layer_rule::parts(const network&, layer_id) const {
  return {};
}

std::uint64_t layer_rule::fan_in(const network& net, layer_id id) const {
  std::uint64_t result = 0;
  for (auto input : net.rows_of(id))
    result += net.width_of(input);
  return result;
}

std::uint64_t layer_rule::used(const network& net, layer_id id,
                               neuron_range range) const {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  auto row = net.parameters_per_neuron(id);
  return row > 0 && range.count > most / row ? most : range.count * row;
}

void layer_rule::each_read(const network& net, layer_id id, neuron_range range,
                           const read_visitor& visit) const {
  for (auto input : net.rows_of(id))
    visit(net.range_of(input), range.count);
}

std::optional<row_limits> layer_rule::limits(const layer&) const {
  return std::nullopt;
}

std::optional<caf::expected<layer>> layer_rule::parse(std::string_view,
                                                      const layer&) const {
  return std::nullopt;
}

std::string layer_rule::word(const layer& x) const {
  return to_string(x.kind);
}

std::string layer_rule::describe(const layer& x) const {
  auto result = word(x);
  for (std::size_t i = 0; i < x.settings.size(); ++i)
    result += fmt::format(" {} {}", settings()[i], x.settings[i]);
  return result + fmt::format(", blocks of {}", x.block_size);
}

std::string problem_of_norm(const network& net, layer_id id,
                            std::uint32_t yields) {
  const auto& x = net.at(id);
  if (net.stands(id))
    return x.values == yields && x.activation == activation_kind::identity
             ? ""
             : fmt::format("has no inputs, so it yields {} values per neuron, "
                           "and has no activation",
                           yields);
  if (auto wrong = problem_of_reader(net, id); !wrong.empty())
    return wrong;
  return x.neurons == net.at(x.inputs[0]).neurons
           ? ""
           : "normalises another number of neurons than its input has";
}

std::string problem_of_reader(const network& net, layer_id id) {
  const auto& x = net.at(id);
  if (x.inputs.size() != 1)
    return "must have one input";
  if (x.values != 1 || net.at(x.inputs[0]).values != 1)
    return "and its input must yield one value per neuron";
  if (x.activation != activation_kind::identity)
    return "can have no activation";
  return {};
}

std::optional<double> number_after(std::string_view prefix,
                                   std::string_view word) {
  if (!word.starts_with(prefix))
    return std::nullopt;
  return number_from<double>(word.substr(prefix.size()));
}

} // namespace ganglion
