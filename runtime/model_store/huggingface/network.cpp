#include "runtime/model_store/huggingface/network.hpp"

#include <utility>

#include <fmt/format.h>

namespace ganglion {

namespace {

/// "3" and "attention" of "block3.attention"; of other layers nothing and the
/// name.
std::pair<std::string_view, std::string_view> cut_name(std::string_view name) {
  constexpr std::string_view block = "block";
  auto dot = name.find('.');
  if (dot == name.npos)
    return {{}, name};
  return {name.substr(block.size(), dot - block.size()), name.substr(dot + 1)};
}

/// The array that a part of a block's layer is.
std::string llama_block(std::string_view layer, std::string_view part) {
  if (layer == "norm1")
    return "input_layernorm.weight";
  if (layer == "norm2")
    return "post_attention_layernorm.weight";
  if (layer == "output")
    return "self_attn.o_proj.weight";
  if (layer == "down")
    return "mlp.down_proj.weight";
  if (layer == "gated")
    return fmt::format("mlp.{}_proj.weight", part);
  auto letter = part.substr(0, 1);
  if (part.ends_with("_bias"))
    return fmt::format("self_attn.{}_proj.bias", letter);
  if (part.ends_with("_norm"))
    return fmt::format("self_attn.{}_norm.weight", letter);
  return fmt::format("self_attn.{}_proj.weight", letter);
}

/// Without an array where the files have none, as biases of these models.
hf_source llama_source(const hf_config& x, std::string_view layer,
                       std::string_view part) {
  auto [block, name] = cut_name(layer);
  if (layer == "embedding")
    return {.tensor = "model.embed_tokens.weight", .transposed = true};
  if (layer == "norm")
    return {.tensor = "model.norm.weight"};
  if (part == "bias")
    return {};
  if (layer == "logits")
    return {.tensor = x.tied ? "model.embed_tokens.weight" : "lm_head.weight"};
  return {
    .tensor = fmt::format("model.layers.{}.{}", block, llama_block(name, part)),
    .shared = part.ends_with("_norm")};
}

hf_source gpt2_block(std::string_view layer, std::string_view part) {
  auto bias = part.ends_with("bias");
  auto kind = bias ? "bias" : "weight";
  if (layer == "norm1" || layer == "norm2")
    return {.tensor = fmt::format("ln_{}.{}", layer.back(), part)};
  if (layer == "attention")
    return {.tensor = fmt::format("attn.c_attn.{}", kind),
            .transposed = !bias,
            .parts = 3,
            .place = part.starts_with("query") ? 0U
                     : part.starts_with("key") ? 1U
                                               : 2U};
  auto name = layer == "output"  ? "attn.c_proj"
              : layer == "units" ? "mlp.c_fc"
                                 : "mlp.c_proj";
  return {.tensor = fmt::format("{}.{}", name, kind), .transposed = !bias};
}

hf_source gpt2_source(const hf_config& x, std::string_view layer,
                      std::string_view part) {
  auto [block, name] = cut_name(layer);
  if (layer == "embedding")
    return {.tensor = fmt::format("transformer.w{}e.weight", part.substr(0, 1)),
            .transposed = true};
  if (layer == "norm")
    return {.tensor = fmt::format("transformer.ln_f.{}", part)};
  if (layer == "logits" && part == "bias")
    return {};
  if (layer == "logits")
    return {.tensor = x.tied ? "transformer.wte.weight" : "lm_head.weight"};
  auto result = gpt2_block(name, part);
  result.tensor = fmt::format("transformer.h.{}.{}", block, result.tensor);
  return result;
}

} // namespace

std::vector<hf_source> sources_of(const hf_config& x, const network& net) {
  std::vector<hf_source> result;
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    auto parts = net.parts_of(id);
    for (std::size_t k = 0; k < parts.size(); ++k) {
      const auto& name = net.at(id).name;
      auto next = x.gpt2 ? gpt2_source(x, name, parts[k].name)
                         : llama_source(x, name, parts[k].name);
      next.layer = id;
      next.part = k;
      result.push_back(std::move(next));
    }
  }
  return result;
}

} // namespace ganglion
