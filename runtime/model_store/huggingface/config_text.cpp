// Writes the config.json of a model that was made here, or is exported.
#include <nlohmann/json.hpp>

#include "runtime/model_store/huggingface/config.hpp"

namespace ganglion {

namespace {

using ordered = nlohmann::ordered_json;

void add_gpt2(const hf_config& x, ordered& to) {
  to["model_type"] = "gpt2";
  to["n_embd"] = x.width;
  to["n_layer"] = x.blocks;
  to["n_head"] = x.groups;
  to["n_inner"] = x.units;
  to["n_positions"] = x.positions;
  to["activation_function"] = "gelu_new";
  to["layer_norm_epsilon"] = x.epsilon;
}

void add_llama(const hf_config& x, ordered& to) {
  to["model_type"] = "llama";
  to["hidden_size"] = x.width;
  to["num_hidden_layers"] = x.blocks;
  to["num_attention_heads"] = x.groups * x.attention.queries;
  to["num_key_value_heads"] = x.groups;
  to["head_dim"] = x.attention.head;
  to["intermediate_size"] = x.units;
  to["max_position_embeddings"] = x.positions;
  to["hidden_act"] = "silu";
  to["rms_norm_eps"] = x.epsilon;
  to["rope_theta"] = x.attention.theta;
}

} // namespace

hf_config config_of(const decoder_shape& x) {
  hf_config result;
  static_cast<decoder_shape&>(result) = x;
  result.architecture = x.gpt2 ? "GPT2LMHeadModel" : "LlamaForCausalLM";
  return result;
}

std::string to_text(const hf_config& x) {
  ordered result{{"architectures", ordered::array({x.architecture})},
                 {"vocab_size", x.tokens},
                 {"tie_word_embeddings", x.tied},
                 {"torch_dtype", "float32"}};
  if (x.gpt2)
    add_gpt2(x, result);
  else
    add_llama(x, result);
  return result.dump(2) + '\n';
}

std::string exported_config(const std::string& text, bool came_apart) {
  auto all = ordered::parse(text, nullptr, false);
  auto before = all;
  // Version 4 and version 5.
  for (const auto* name : {"torch_dtype", "dtype"})
    if (all.contains(name))
      all[name] = "float32";
  if (came_apart)
    all["tie_word_embeddings"] = false;
  return all == before ? text : all.dump(2) + '\n';
}

} // namespace ganglion
