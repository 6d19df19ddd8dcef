#include "metadata/decoders/decoder_network.hpp"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "metadata/layers/row_layout.hpp"

namespace ganglion {

namespace {

/// Puts layers one after the other.
class layer_stack {
public:
  layer_id add(layer x) {
    layers_.push_back(std::move(x));
    return static_cast<layer_id>(layers_.size() - 1);
  }

  caf::expected<network> make() && {
    return network::make(std::move(layers_));
  }

private:
  std::vector<layer> layers_;
};

/// By which others normalise what they read.
layer_id add_norm(layer_stack& to, std::string name, const decoder_shape& x) {
  layer result{.name = std::move(name),
               .kind = x.gpt2 ? layer_kind::norm : layer_kind::rms,
               .neurons = x.width,
               .values = x.gpt2 ? 2U : 1U,
               .inputs = {}};
  if (!x.gpt2)
    result.settings = {x.epsilon};
  return to.add(std::move(result));
}

layer_id add_residual(layer_stack& to, std::string name, const decoder_shape& x,
                      layer_id from, layer_id row) {
  return to.add({.name = std::move(name),
                 .kind = layer_kind::residual,
                 .neurons = x.width,
                 .inputs = {from, row}});
}

/// The row that the next block reads.
layer_id add_block(layer_stack& to, std::uint64_t number,
                   const decoder_shape& x, layer_id text, layer_id row) {
  auto name = [number](const char* part) {
    return fmt::format("block{}.{}", number, part);
  };
  auto values = x.attention.head * x.attention.queries;
  auto norm = add_norm(to, name("norm1"), x);
  auto heads = to.add({.name = name("attention"),
                       .kind = layer_kind::attention,
                       .neurons = x.groups,
                       .values = static_cast<std::uint32_t>(values),
                       .inputs = {row, text, norm},
                       .settings = to_settings(x.attention)});
  row = add_residual(to, name("output"), x, heads, row);
  norm = add_norm(to, name("norm2"), x);
  auto units = to.add({.name = name(x.gpt2 ? "units" : "gated"),
                       .kind = x.gpt2 ? layer_kind::dense : layer_kind::gated,
                       .activation = x.activation,
                       .neurons = x.units,
                       .inputs = {row, norm}});
  return add_residual(to, name("down"), x, units, row);
}

} // namespace

caf::expected<network> network_of(const decoder_shape& x) {
  layer_stack to;
  auto text = to.add({.name = "text",
                      .kind = layer_kind::input,
                      .neurons = layout_columns,
                      .inputs = {}});
  auto row = to.add(
    {.name = "embedding",
     .kind = layer_kind::embedding,
     .neurons = x.width,
     .inputs = {text},
     .settings = {static_cast<double>(x.tokens),
                  x.gpt2 ? static_cast<double>(x.positions) : 0.0}});
  for (std::uint64_t i = 0; i < x.blocks; ++i)
    row = add_block(to, i, x, text, row);
  auto norm = add_norm(to, "norm", x);
  to.add({.name = "logits", .neurons = x.tokens, .inputs = {row, norm}});
  return std::move(to).make();
}

} // namespace ganglion
