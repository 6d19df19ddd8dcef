#include "runtime/model_store/huggingface/config.hpp"

#include <array>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"

namespace ganglion {

namespace {

using json = nlohmann::json;

constexpr std::array<std::string_view, 5> known_architectures{
  "LlamaForCausalLM", "MistralForCausalLM", "Qwen2ForCausalLM",
  "Qwen3ForCausalLM", "GPT2LMHeadModel"};

/// Reads numbers out of an object; the first that is amiss is kept.
class field_reader {
public:
  explicit field_reader(const json& from) : from_(from) {
    // nop
  }

  /// A whole number from 1 to 2^24, or `usual`; 0 as `usual`: must be there.
  std::uint64_t size(const char* name, std::uint64_t usual = 0) {
    constexpr auto most = std::uint64_t{1} << 24;
    auto i = from_.find(name);
    if (i == from_.end() || i->is_null()) {
      if (usual == 0)
        complain(name, "is missing");
      return usual;
    }
    if (!i->is_number_integer() || i->get<std::int64_t>() < 1
        || i->get<std::uint64_t>() > most) {
      complain(name, "is no whole number from 1 to 2^24");
      return 0;
    }
    return i->get<std::uint64_t>();
  }

  double number(const char* name, double usual) {
    auto i = from_.find(name);
    if (i == from_.end() || i->is_null())
      return usual;
    if (!i->is_number()) {
      complain(name, "is no number");
      return usual;
    }
    return i->get<double>();
  }

  bool flag(const char* name, bool usual) {
    auto i = from_.find(name);
    return i != from_.end() && i->is_boolean() ? i->get<bool>() : usual;
  }

  std::string text(const char* name, std::string usual) {
    auto i = from_.find(name);
    return i != from_.end() && i->is_string() ? i->get<std::string>() : usual;
  }

  /// A token's number; some configurations list several that end a text.
  std::int64_t token(const char* name) {
    auto i = from_.find(name);
    if (i != from_.end() && i->is_array() && !i->empty())
      return i->front().is_number_integer() ? i->front().get<std::int64_t>()
                                            : -1;
    return i != from_.end() && i->is_number_integer() ? i->get<std::int64_t>()
                                                      : -1;
  }

  void complain(std::string_view name, std::string_view what) {
    if (problem_.empty())
      problem_ = fmt::format("{} {}", name, what);
  }

  [[nodiscard]] const std::string& problem() const noexcept {
    return problem_;
  }

private:
  const json& from_;
  std::string problem_;
};

activation_kind activation_from(field_reader& from, const char* name) {
  auto text = from.text(name, "silu");
  activation_kind result{};
  if (text == "swish")
    text = "silu";
  if (text == "gelu_new" || text == "gelu_pytorch_tanh")
    text = "gelu_tanh";
  if (!from_string(text, result))
    from.complain(name, fmt::format("'{}' is an activation that is not known",
                                    printable(text)));
  return result;
}

/// Version 5 has an object of its own for them, version 4 had two fields.
void read_rotary(const json& all, field_reader& from, attention_settings& to) {
  to.theta = from.number("rope_theta", 10000);
  auto i = all.find("rope_parameters");
  if (i == all.end() || !i->is_object())
    i = all.find("rope_scaling");
  if (i == all.end() || !i->is_object())
    return;
  field_reader rope{*i};
  to.theta = rope.number("rope_theta", to.theta);
  auto kind = rope.text("rope_type", rope.text("type", "default"));
  to.factor = rope.number("factor", 1);
  if (kind == "linear") {
    to.scaling = rotary_scaling::linear;
  } else if (kind == "llama3") {
    to.scaling = rotary_scaling::llama3;
    to.low = rope.number("low_freq_factor", 1);
    to.high = rope.number("high_freq_factor", 4);
    to.context = rope.number("original_max_position_embeddings", 0);
  } else if (kind == "default") {
    to.factor = 1;
  } else {
    from.complain("rope_type",
                  fmt::format("'{}' is a scaling of positions that is not "
                              "known: default, linear and llama3 are",
                              printable(kind)));
  }
  if (!rope.problem().empty())
    from.complain("rope_parameters", rope.problem());
}

void read_heads(field_reader& from, hf_config& to) {
  auto heads = from.size("num_attention_heads");
  to.groups = from.size("num_key_value_heads", heads);
  if (heads == 0 || to.groups == 0)
    return;
  if (heads % to.groups != 0)
    from.complain("num_key_value_heads", "does not divide the heads");
  to.attention.queries = heads / to.groups;
  to.attention.head = from.size("head_dim", to.width / heads);
}

void read_llama(const json& all, field_reader& from, hf_config& to) {
  to.width = from.size("hidden_size");
  to.blocks = from.size("num_hidden_layers");
  to.units = from.size("intermediate_size");
  to.positions = from.size("max_position_embeddings");
  to.epsilon = from.number("rms_norm_eps", 1e-6);
  to.activation = activation_from(from, "hidden_act");
  read_heads(from, to);
  read_rotary(all, from, to.attention);
  auto qwen2 = to.architecture == "Qwen2ForCausalLM";
  to.attention.biases = qwen2 || from.flag("attention_bias", false);
  if (!qwen2 && to.attention.biases)
    from.complain("attention_bias", "is true, which is known of Qwen2 alone");
  if (to.architecture == "Qwen3ForCausalLM")
    to.attention.epsilon = to.epsilon;
  if (from.flag("mlp_bias", false))
    from.complain("mlp_bias", "is true, which is not known");
  auto slides = to.architecture == "MistralForCausalLM"
                || from.flag("use_sliding_window", false);
  if (slides)
    to.attention.window = from.size("sliding_window", to.positions);
  if (to.attention.window >= to.positions)
    to.attention.window = 0;
  else if (slides && all.contains("layer_types"))
    from.complain("layer_types", "with a window in some layers is not known");
}

void read_gpt2(field_reader& from, hf_config& to) {
  to.gpt2 = true;
  to.width = from.size("n_embd");
  to.blocks = from.size("n_layer");
  to.units = from.size("n_inner", 4 * to.width);
  to.positions = from.size("n_positions");
  to.activation = activation_from(from, "activation_function");
  to.groups = from.size("n_head");
  if (to.groups > 0 && to.width % to.groups != 0)
    from.complain("n_head", "does not divide n_embd");
  to.attention.head = to.groups > 0 ? to.width / to.groups : 0;
  to.attention.biases = true;
  to.epsilon = from.number("layer_norm_epsilon", 1e-5);
  // What a norm layer has.
  if (to.epsilon != 1e-5)
    from.complain("layer_norm_epsilon", "is not 1e-05");
  if (!from.flag("scale_attn_weights", true)
      || from.flag("scale_attn_by_inverse_layer_idx", false))
    from.complain("scale_attn_weights", "or its like is not as usual");
}

caf::error no_config(std::string_view what) {
  return make_failure(errc::bad_data, fmt::format("config.json: {}", what));
}

} // namespace

caf::expected<hf_config> parse_hf_config(std::string_view text) {
  auto all = json::parse(text, nullptr, false);
  if (!all.is_object())
    return no_config("no JSON object");
  hf_config result;
  auto i = all.find("architectures");
  if (i != all.end() && i->is_array() && !i->empty() && i->front().is_string())
    result.architecture = i->front().get<std::string>();
  if (std::ranges::find(known_architectures, result.architecture)
      == known_architectures.end())
    return no_config(fmt::format("the architecture '{}' is not known: {} are",
                                 printable(result.architecture),
                                 fmt::join(known_architectures, ", ")));
  field_reader from{all};
  result.tokens = from.size("vocab_size");
  result.tied = from.flag("tie_word_embeddings",
                          result.architecture == "GPT2LMHeadModel");
  result.first_token = from.token("bos_token_id");
  result.last_token = from.token("eos_token_id");
  if (result.architecture == "GPT2LMHeadModel")
    read_gpt2(from, result);
  else
    read_llama(all, from, result);
  constexpr std::uint64_t most_blocks = 1024;
  if (result.blocks > most_blocks)
    from.complain("the number of blocks", "is above 1024");
  if (!from.problem().empty())
    return no_config(from.problem());
  return result;
}

} // namespace ganglion
