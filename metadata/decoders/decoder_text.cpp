#include "metadata/decoders/decoder_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "metadata/text/number_text.hpp"

namespace ganglion {

namespace {

constexpr std::string_view gpt_prefix = "gpt:";
constexpr std::string_view llama_prefix = "llama:";

/// Of one number: tokens, positions, units.
constexpr std::uint64_t most_of_a_size = std::uint64_t{1} << 24;
constexpr std::uint64_t most_blocks = 1024;

constexpr std::string_view gpt_example
  = "gpt:blocks=4,width=128,heads=4,context=64";
constexpr std::string_view llama_example
  = "llama:blocks=4,width=128,heads=4,kv=2,context=64";

/// As a user typed it; 0 where nothing was said.
struct decoder_sizes {
  std::uint64_t tokens = 0;
  std::uint64_t blocks = 0;
  std::uint64_t width = 0;
  std::uint64_t heads = 0;
  std::uint64_t kv = 0;
  std::uint64_t units = 0;
  std::uint64_t context = 0;
  double theta = 0;
};

class decoder_parser {
public:
  explicit decoder_parser(std::string_view text)
    : text_(text), gpt_(text.starts_with(gpt_prefix)) {
    // nop
  }

  caf::expected<decoder_shape> parse() {
    if (auto err = read_all())
      return err;
    if (auto err = check_sizes())
      return err;
    return gpt_ ? as_gpt() : as_llama();
  }

private:
  [[nodiscard]] caf::error fail(std::string_view problem) const {
    return make_failure(errc::bad_argument,
                        fmt::format("network '{}' {}: write for example {}",
                                    printable(text_), problem,
                                    gpt_ ? gpt_example : llama_example));
  }

  caf::error read_all() {
    auto words = text_.substr(gpt_ ? gpt_prefix.size() : llama_prefix.size());
    while (!words.empty()) {
      auto end = std::min(words.find(','), words.size());
      if (auto err = read(words.substr(0, end)))
        return err;
      words.remove_prefix(std::min(end + 1, words.size()));
    }
    return {};
  }

  /// "width=128".
  caf::error read(std::string_view word) {
    auto equals = std::min(word.find('='), word.size());
    auto name = word.substr(0, equals);
    auto value = word.substr(std::min(equals + 1, word.size()));
    if (name == "theta" && !gpt_) {
      sizes_.theta = number_from<double>(value).value_or(0);
      return sizes_.theta > 1 && std::isfinite(sizes_.theta)
               ? caf::error{}
               : fail("needs a theta above 1");
    }
    auto to = place_of(name);
    if (!to)
      return fail(fmt::format("has '{}', and knows {}", printable(word),
                              gpt_ ? "tokens, blocks, width, heads, context, "
                                     "units"
                                   : "tokens, blocks, width, heads, kv, "
                                     "context, units, theta"));
    *to = number_from<std::uint64_t>(value).value_or(0);
    return *to > 0 && *to <= most_of_a_size
             ? caf::error{}
             : fail(fmt::format("has '{}' where {}= and a number from 1 to {} "
                                "is expected",
                                printable(word), name, most_of_a_size));
  }

  std::uint64_t* place_of(std::string_view name) {
    auto& x = sizes_;
    auto all = std::to_array<std::pair<std::string_view, std::uint64_t*>>(
      {{"tokens", &x.tokens},
       {"blocks", &x.blocks},
       {"width", &x.width},
       {"heads", &x.heads},
       {"units", &x.units},
       {"context", &x.context},
       {"kv", &x.kv}});
    auto i = std::ranges::find(all, name,
                               [](const auto& y) { return y.first; });
    return i == all.end() || (gpt_ && name == "kv") ? nullptr : i->second;
  }

  [[nodiscard]] caf::error check_sizes() const {
    const auto& x = sizes_;
    if (x.blocks == 0 || x.width == 0 || x.heads == 0)
      return fail("does not say blocks, width and heads");
    if (x.blocks > most_blocks)
      return fail(fmt::format("has more than {} blocks", most_blocks));
    if (gpt_ && x.context == 0)
      return fail("learns positions, and does not say how many: its context");
    if (x.width % x.heads != 0)
      return fail(
        fmt::format("has {} heads, which do not divide its width", x.heads));
    if (x.kv > 0 && x.heads % x.kv != 0)
      return fail(fmt::format("has {} key-value heads, which do not divide its "
                              "heads",
                              x.kv));
    if (!gpt_ && x.width / x.heads % 2 != 0)
      return fail("turns heads of an odd number of values");
    return {};
  }

  /// What both have.
  [[nodiscard]] decoder_shape begun() const {
    const auto& x = sizes_;
    decoder_shape result;
    result.width = x.width;
    result.blocks = x.blocks;
    result.groups = x.kv > 0 ? x.kv : x.heads;
    result.tokens = x.tokens;
    result.positions = x.context;
    result.attention.head = x.width / x.heads;
    result.attention.queries = x.heads / result.groups;
    result.epsilon = 1e-5;
    return result;
  }

  /// Radford et al. 2019, as transformers has it.
  [[nodiscard]] decoder_shape as_gpt() const {
    auto result = begun();
    result.gpt2 = true;
    result.units = sizes_.units > 0 ? sizes_.units : 4 * sizes_.width;
    result.activation = activation_kind::gelu_tanh;
    result.attention.biases = true;
    return result;
  }

  /// Touvron et al. 2023 (arXiv 2302.13971): so many units that the three
  /// matrices of a gated layer are as large as the two of one without gates.
  [[nodiscard]] decoder_shape as_llama() const {
    constexpr std::uint64_t steps = 32;
    auto result = begun();
    auto usual = (8 * sizes_.width / 3 + steps - 1) / steps * steps;
    result.units = sizes_.units > 0 ? sizes_.units : usual;
    result.activation = activation_kind::silu;
    result.attention.theta = sizes_.theta > 0 ? sizes_.theta : 10000;
    return result;
  }

  std::string_view text_;
  bool gpt_;
  decoder_sizes sizes_;
};

} // namespace

bool is_decoder_text(std::string_view text) noexcept {
  return text.starts_with(gpt_prefix) || text.starts_with(llama_prefix);
}

caf::expected<decoder_shape> parse_decoder(std::string_view text) {
  return decoder_parser{text}.parse();
}

std::string with_tokens(std::string_view text, std::uint64_t tokens) {
  return fmt::format("{},tokens={}", text, tokens);
}

caf::expected<network> parse_decoder_network(std::string_view text,
                                             std::uint64_t block_size) {
  auto shape = parse_decoder(text);
  if (!shape)
    return shape.error();
  if (shape->tokens == 0)
    return make_failure(errc::bad_argument,
                        fmt::format("network '{}' does not say how many tokens "
                                    "there are, as 'ganglion train' finds out "
                                    "from its data: add tokens=N",
                                    printable(text)));
  auto made = network_of(*shape);
  if (!made || block_size == 0)
    return made;
  std::vector<layer> layers{made->layers().begin(), made->layers().end()};
  for (auto& x : layers)
    x.block_size = block_size;
  return network::make(std::move(layers));
}

} // namespace ganglion
