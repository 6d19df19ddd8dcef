#include "runtime/model_store/gguf/tensor_names.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ganglion {

namespace {

/// transformers' name, and GGUF's.
using name_pair = std::pair<std::string_view, std::string_view>;

constexpr std::array whole_names{
  name_pair{"model.embed_tokens", "token_embd"},
  name_pair{"model.norm", "output_norm"},
  name_pair{"lm_head", "output"},
  name_pair{"transformer.wte", "token_embd"},
  name_pair{"transformer.wpe", "position_embd"},
  name_pair{"transformer.ln_f", "output_norm"},
};

/// Behind the number of the block.
constexpr std::array block_names{
  name_pair{"input_layernorm", "attn_norm"},
  name_pair{"post_attention_layernorm", "ffn_norm"},
  name_pair{"self_attn.q_proj", "attn_q"},
  name_pair{"self_attn.k_proj", "attn_k"},
  name_pair{"self_attn.v_proj", "attn_v"},
  name_pair{"self_attn.o_proj", "attn_output"},
  name_pair{"self_attn.q_norm", "attn_q_norm"},
  name_pair{"self_attn.k_norm", "attn_k_norm"},
  name_pair{"mlp.gate_proj", "ffn_gate"},
  name_pair{"mlp.up_proj", "ffn_up"},
  name_pair{"mlp.down_proj", "ffn_down"},
  name_pair{"ln_1", "attn_norm"},
  name_pair{"ln_2", "ffn_norm"},
  name_pair{"attn.c_attn", "attn_qkv"},
  name_pair{"attn.c_proj", "attn_output"},
  name_pair{"mlp.c_fc", "ffn_up"},
  name_pair{"mlp.c_proj", "ffn_down"},
};

/// Empty where there is none.
template <class Names>
std::string_view look_up(const Names& names, std::string_view hf_name) {
  const auto* found = std::ranges::find(names, hf_name, &name_pair::first);
  return found == names.end() ? std::string_view{} : found->second;
}

} // namespace

std::string gguf_tensor_name(std::string_view hf_name) {
  auto dot = hf_name.rfind('.');
  if (dot == hf_name.npos)
    return std::string{hf_name};
  auto ending = hf_name.substr(dot);
  auto stem = hf_name.substr(0, dot);
  if (auto whole = look_up(whole_names, stem); !whole.empty())
    return fmt::format("{}{}", whole, ending);
  for (std::string_view blocks : {"model.layers.", "transformer.h."}) {
    if (!stem.starts_with(blocks))
      continue;
    stem.remove_prefix(blocks.size());
    auto end = std::min(stem.find('.'), stem.size() - 1);
    if (auto part = look_up(block_names, stem.substr(end + 1)); !part.empty())
      return fmt::format("blk.{}.{}{}", stem.substr(0, end), part, ending);
  }
  return std::string{hf_name};
}

gguf_order gguf_order_of(std::string_view architecture, std::string_view name) {
  auto ends = [name](auto x) { return name.ends_with(x); };
  if (architecture == "llama"
      && (ends(".attn_q.weight") || ends(".attn_k.weight")))
    return gguf_order::pairs;
  if (architecture == "gpt2"
      && (ends(".attn_qkv.weight") || ends(".attn_output.weight")
          || ends(".ffn_up.weight") || ends(".ffn_down.weight")))
    return gguf_order::transposed;
  return gguf_order::same;
}

void put_pairs_apart(std::span<float> values, std::uint64_t heads,
                     std::uint64_t rows) {
  auto head = values.size() / heads;
  auto columns = head / rows;
  std::vector<float> before(head);
  for (std::uint64_t h = 0; h < heads; ++h) {
    auto own = values.subspan(h * head, head);
    std::ranges::copy(own, before.begin());
    for (std::uint64_t r = 0; r < rows; ++r) {
      auto from = std::span{before}.subspan(r * columns, columns);
      auto to = r / 2 + r % 2 * (rows / 2);
      std::ranges::copy(from, own.subspan(to * columns, columns).begin());
    }
  }
}

void transpose(std::span<float> values, std::uint64_t rows) {
  std::vector<float> before(values.begin(), values.end());
  auto columns = values.size() / rows;
  for (std::uint64_t i = 0; i < rows; ++i)
    for (std::uint64_t k = 0; k < columns; ++k)
      values[k * rows + i] = before[i * columns + k];
}

} // namespace ganglion
