// Networks as text: what a user types, and what a fingerprint is made of.
#include <optional>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/decoders/decoder_text.hpp"
#include "metadata/error.hpp"
#include "metadata/layers/layer_rule.hpp"
#include "metadata/network/network.hpp"
#include "metadata/text/names.hpp"
#include "metadata/text/number_text.hpp"
#include "metadata/values/sha256.hpp"

namespace ganglion {

namespace {

caf::error bad_spec(std::string_view text, std::string_view problem) {
  return make_failure(errc::bad_argument,
                      fmt::format("network '{}' {}: write for example "
                                  "mlp:784-256-128-10 or mlp:2-8-1:tanh",
                                  printable(text), problem));
}

/// The first layer that some kind's rule makes of a word.
std::optional<caf::expected<layer>> parse_kind(std::string_view word,
                                               const layer& before) {
  for (auto kind : all_layer_kinds())
    if (auto made = rule_of(kind).parse(word, before))
      return made;
  return std::nullopt;
}

std::optional<std::uint64_t> size_from(std::string_view word) {
  auto result = number_from<std::uint64_t>(word);
  return result == 0 ? std::nullopt : result;
}

/// "pool2" of pool2: what a layer is called after, without its numbers.
std::string name_of(std::string_view word, layer_id id) {
  return fmt::format("{}{}", word.substr(0, word.find_first_of("0123456789.")),
                     id);
}

class text_parser {
public:
  text_parser(std::string_view text, activation_kind hidden,
              std::uint64_t block_size)
    : text_(text), hidden_(hidden), block_size_(block_size) {
    // nop
  }

  caf::error add(std::string_view word, bool last) {
    auto id = static_cast<layer_id>(layers_.size());
    if (auto size = size_from(word))
      return add({.name = last ? "output" : fmt::format("hidden{}", id),
                  .activation = last ? activation_kind::identity : hidden_,
                  .neurons = *size,
                  .inputs = {}});
    if (layers_.empty())
      return bad_spec(text_, "does not begin with a number of inputs");
    auto made = parse_kind(word, layers_.back());
    if (!made)
      return bad_spec(text_, fmt::format("has '{}' where a positive number or "
                                         "a kind of layer, such as norm, pool2 "
                                         "or drop0.1, is expected",
                                         printable(word)));
    if (!*made)
      return bad_spec(text_, fmt::format("has {}", explain(made->error())));
    (*made)->name = last ? "output" : name_of(word, id);
    return add(std::move(**made));
  }

  caf::expected<network> finish() && {
    if (layers_.size() < 2)
      return bad_spec(text_, "has one layer only");
    return network::make(std::move(layers_));
  }

private:
  caf::error add(layer x) {
    if (layers_.empty()) {
      x = {.name = "input",
           .kind = layer_kind::input,
           .neurons = x.neurons,
           .inputs = {}};
    } else {
      x.block_size = block_size_;
      x.inputs = {static_cast<layer_id>(layers_.size() - 1)};
    }
    layers_.push_back(std::move(x));
    return {};
  }

  std::string_view text_;
  activation_kind hidden_;
  std::uint64_t block_size_;
  std::vector<layer> layers_;
};

} // namespace

caf::expected<network> parse_network(std::string_view text,
                                     std::uint64_t block_size) {
  constexpr std::string_view prefix = "mlp:";
  if (is_decoder_text(text))
    return parse_decoder_network(text, block_size);
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
  text_parser parser{text, hidden, block_size};
  for (auto words = rest.substr(0, colon);;) {
    auto end = words.find('-');
    auto last = end == std::string_view::npos;
    if (auto err = parser.add(words.substr(0, end), last))
      return err;
    if (last)
      return std::move(parser).finish();
    words.remove_prefix(end + 1);
  }
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

/// The shortest decimal form that gives the number back, a line for each.
std::string text_of(const std::vector<double>& settings) {
  std::string result;
  for (auto x : settings)
    result += fmt::format("setting {}\n", x);
  return result;
}

} // namespace

std::string fingerprint(const network& net) {
  std::string text;
  for (const auto& x : net.layers())
    text += fmt::format("{} {} {} {} {} {} {}\n", x.name, to_string(x.kind),
                        to_string(x.activation), x.neurons, x.values,
                        x.block_size, fmt::join(x.inputs, ","))
            + text_of(x.wires) + text_of(x.settings);
  return to_hex(sha256(std::as_bytes(std::span{text})));
}

} // namespace ganglion
