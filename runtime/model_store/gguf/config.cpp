#include "runtime/model_store/gguf/config.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/model_store/gguf/fields.hpp"
#include "runtime/model_store/gguf/rope_factors.hpp"

namespace ganglion {

namespace {

using ordered = nlohmann::ordered_json;

struct gguf_architecture {
  std::string_view name;
  std::string_view hf_name;
};

constexpr std::array gguf_architectures{
  gguf_architecture{"llama", "LlamaForCausalLM"},
  gguf_architecture{"qwen2", "Qwen2ForCausalLM"},
  gguf_architecture{"qwen3", "Qwen3ForCausalLM"},
  gguf_architecture{"gpt2", "GPT2LMHeadModel"},
};

/// The file says by what each speed is divided; transformers, why.
void read_factors(gguf_fields& from, const gguf_facts& facts, double theta,
                  ordered& to) {
  auto found = find_llama3_scaling(facts.factors, theta);
  if (!found || to.at("head_dim") != 2 * facts.factors.size()) {
    from.complain("rope.freq_base",
                  "and rope_freqs.weight are no scaling of Llama 3's, and no "
                  "other one is known");
    return;
  }
  if (found->factor == 1)
    return;
  to["rope_scaling"] = {{"rope_type", "llama3"},
                        {"factor", found->factor},
                        {"low_freq_factor", found->low},
                        {"high_freq_factor", found->high},
                        {"original_max_position_embeddings", found->context}};
}

void read_rotary_keys(gguf_fields& from, const gguf_facts& facts, ordered& to) {
  auto theta = from.number("rope.freq_base", 10000);
  to["rope_theta"] = theta;
  auto kind = from.text("rope.scaling.type", "none");
  // As it was called before 2024.
  auto factor = from.number("rope.scale_linear", 1);
  factor = from.number("rope.scaling.factor", factor);
  from.pass("rope.scaling.original_context_length");
  from.pass("rope.scaling.finetuned");
  if (kind != "none" && kind != "linear")
    from.complain(
      "rope.scaling.type",
      fmt::format("'{}' is not known: none and linear are", printable(kind)));
  if (kind == "linear" || factor != 1)
    to["rope_scaling"] = {{"rope_type", "linear"}, {"factor", factor}};
  if (facts.factors.empty())
    return;
  if (to.contains("rope_scaling"))
    from.complain("rope.scaling.type", "and rope_freqs.weight are two scalings "
                                       "of positions");
  else
    read_factors(from, facts, theta, to);
}

void read_head_keys(gguf_fields& from, std::uint64_t width, ordered& to) {
  auto heads = from.size("attention.head_count");
  auto own = heads == 0 ? 0 : width / heads;
  auto head = from.size("attention.key_length", own);
  to["num_attention_heads"] = heads;
  to["num_key_value_heads"] = from.size("attention.head_count_kv", heads);
  to["head_dim"] = head;
  for (const auto* name : {"attention.value_length", "rope.dimension_count"})
    if (auto other = from.size(name, head); other != head)
      from.complain(name, fmt::format("is {}, and a head has {}: that is not "
                                      "known",
                                      other, head));
}

void read_llama_keys(gguf_fields& from, const gguf_facts& facts, ordered& to) {
  auto width = from.size("embedding_length");
  auto positions = from.size("context_length");
  to["hidden_size"] = width;
  to["num_hidden_layers"] = from.size("block_count");
  to["intermediate_size"] = from.size("feed_forward_length");
  to["max_position_embeddings"] = positions;
  to["hidden_act"] = "silu";
  to["rms_norm_eps"] = from.number("attention.layer_norm_rms_epsilon", 0);
  read_head_keys(from, width, to);
  read_rotary_keys(from, facts, to);
  auto window = from.size("attention.sliding_window", positions);
  if (window >= positions)
    return;
  if (to.at("architectures").front() != "LlamaForCausalLM")
    from.complain("attention.sliding_window", "is known of llama alone");
  to["architectures"] = ordered::array({"MistralForCausalLM"});
  to["model_type"] = "mistral";
  to["sliding_window"] = window;
}

void read_gpt2_keys(gguf_fields& from, ordered& to) {
  to["n_embd"] = from.size("embedding_length");
  to["n_layer"] = from.size("block_count");
  to["n_head"] = from.size("attention.head_count");
  to["n_inner"] = from.size("feed_forward_length");
  to["n_positions"] = from.size("context_length");
  to["activation_function"] = "gelu_new";
  to["layer_norm_epsilon"] = from.number("attention.layer_norm_epsilon", 0);
}

void read_other_keys(gguf_fields& from, const gguf_facts& facts) {
  for (const auto* name : {"expert_count", "expert_used_count"})
    from.expect(name, std::uint64_t{0});
  from.expect("attention.causal", true);
  from.pass("tensor_data_layout");
  if (auto tokens = from.size("vocab_size", facts.tokens);
      tokens != facts.tokens)
    from.complain("vocab_size", fmt::format("is {}, and token_embd.weight has "
                                            "{} rows",
                                            tokens, facts.tokens));
}

caf::expected<const gguf_architecture*>
find_architecture(const std::string& path, const gguf_metadata& from) {
  if (const auto* type = from.find_as<std::string>("general.type");
      type && *type != "model")
    return gguf_problem(path, fmt::format("general.type is '{}', and only a "
                                          "'model' can be imported",
                                          printable(*type)));
  if (from.whole_number("split.count").value_or(1) > 1)
    return gguf_problem(path, "it is a part of a model (split.count): put the "
                              "parts together with 'llama-gguf-split --merge'");
  const auto* name = from.find_as<std::string>("general.architecture");
  if (!name)
    return gguf_problem(path, "general.architecture is missing");
  const auto* found = std::ranges::find(gguf_architectures, *name,
                                        &gguf_architecture::name);
  if (found != gguf_architectures.end())
    return found;
  return gguf_problem(path, fmt::format("the architecture '{}' is not known: "
                                        "llama, qwen2, qwen3 and gpt2 are",
                                        printable(*name)));
}

} // namespace

caf::error gguf_problem(const std::string& path, std::string_view what) {
  return make_failure(errc::bad_data,
                      fmt::format("'{}': {}", printable_path(path), what));
}

caf::expected<std::optional<std::uint64_t>>
gguf_token(const std::string& path, const gguf_metadata& from,
           std::string_view name, std::uint64_t tokens) {
  auto key = fmt::format("tokenizer.ggml.{}_token_id", name);
  if (!from.find(key))
    return std::optional<std::uint64_t>{};
  auto id = from.whole_number(key);
  if (id && *id < tokens)
    return id;
  return gguf_problem(path,
                      fmt::format("{} is none of its {} tokens", key, tokens));
}

caf::expected<std::string> gguf_config_text(const std::string& path,
                                            const gguf_metadata& from,
                                            const gguf_facts& facts) {
  auto what = find_architecture(path, from);
  if (!what)
    return what.error();
  const std::string name{(*what)->name};
  ordered result{
    {"architectures", ordered::array({std::string{(*what)->hf_name}})},
    {"model_type", name},
    {"vocab_size", facts.tokens},
    {"tie_word_embeddings", facts.tied},
    {"torch_dtype", "float32"}};
  for (const auto* token : {"bos", "eos"}) {
    auto id = gguf_token(path, from, token, facts.tokens);
    if (!id)
      return id.error();
    if (*id)
      result[fmt::format("{}_token_id", token)] = **id;
  }
  gguf_fields fields{from, name};
  if (name == "gpt2")
    read_gpt2_keys(fields, result);
  else
    read_llama_keys(fields, facts, result);
  read_other_keys(fields, facts);
  if (auto problem = fields.problem(); !problem.empty())
    return gguf_problem(path, problem);
  return result.dump(2) + '\n';
}

} // namespace ganglion
