// Networks as text: what a user types, and what a fingerprint is made of.
#include <charconv>
#include <string>

#include "metadata/enum_text.hpp"
#include "metadata/names.hpp"
#include "metadata/network.hpp"
#include "metadata/sha256.hpp"

namespace ganglion {

namespace {

caf::error bad_spec(std::string_view text, std::string_view problem) {
  return make_failure(errc::bad_argument,
                      fmt::format("network '{}' {}: write for example "
                                  "mlp:784-256-128-10 or mlp:2-8-1:tanh",
                                  printable(text), problem));
}

caf::expected<std::vector<std::uint64_t>> parse_sizes(std::string_view text,
                                                      std::string_view sizes) {
  std::vector<std::uint64_t> result;
  auto pos = sizes.data();
  auto end = sizes.data() + sizes.size();
  for (;;) {
    std::uint64_t size = 0;
    auto [next, ec] = std::from_chars(pos, end, size);
    if (ec != std::errc{} || size == 0)
      return bad_spec(text, "has a layer size that is no positive number");
    result.push_back(size);
    if (next == end)
      break;
    if (*next != '-')
      return bad_spec(text, "has something other than '-' between its sizes");
    pos = next + 1;
  }
  if (result.size() < 2)
    return bad_spec(text, "has one layer only");
  return result;
}

} // namespace

caf::expected<network> parse_network(std::string_view text,
                                     std::uint64_t block_size) {
  constexpr std::string_view prefix = "mlp:";
  if (!text.starts_with(prefix))
    return bad_spec(text, "is of no known kind");
  auto rest = text.substr(prefix.size());
  auto colon = rest.find(':');
  auto hidden = activation_kind::relu;
  if (colon != std::string_view::npos) {
    auto parsed = parse_activation(rest.substr(colon + 1));
    if (!parsed)
      return parsed.error();
    hidden = *parsed;
  }
  auto sizes = parse_sizes(text, rest.substr(0, colon));
  if (!sizes)
    return sizes.error();
  std::vector<layer> layers;
  layers.push_back({.name = "input",
                    .kind = layer_kind::input,
                    .neurons = sizes->front(),
                    .inputs = {}});
  for (layer_id id = 1; id < sizes->size(); ++id) {
    bool last = id + 1 == sizes->size();
    layers.push_back({.name = last ? "output" : fmt::format("hidden{}", id),
                      .activation = last ? activation_kind::identity : hidden,
                      .neurons = (*sizes)[id],
                      .block_size = block_size,
                      .inputs = {id - 1}});
  }
  return network::make(std::move(layers));
}

namespace {

/// Nothing where there are no wires, so that older networks keep theirs.
std::string text_of(const wiring& x) {
  std::string result;
  for (auto y : x.edges)
    result += fmt::format("{} -> {}\n", y.source, y.target);
  for (auto y : x.outputs)
    result += fmt::format("outputs {}\n", to_string(y));
  return result;
}

} // namespace

std::string fingerprint(const network& net) {
  std::string text;
  for (const auto& x : net.layers())
    text += fmt::format("{} {} {} {} {} {} {}\n", x.name, to_string(x.kind),
                        to_string(x.activation), x.neurons, x.values,
                        x.block_size, fmt::join(x.inputs, ","))
            + text_of(x.wires);
  return to_hex(sha256(std::as_bytes(std::span{text})));
}

} // namespace ganglion
