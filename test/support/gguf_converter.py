"""What llama.cpp's convert_hf_to_gguf.py makes of a model of transformers':
names, orders of values and keys, as it is described there; written anew, so
that tests have files of architectures of which none is at hand."""
import numpy as np

import gguf_writer as writer

NAMES = {"input_layernorm": "attn_norm",
         "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
         "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
         "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm",
         "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate",
         "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
         "ln_1": "attn_norm", "ln_2": "ffn_norm", "attn.c_attn": "attn_qkv",
         "attn.c_proj": "attn_output", "mlp.c_fc": "ffn_up",
         "mlp.c_proj": "ffn_down", "model.embed_tokens": "token_embd",
         "model.norm": "output_norm", "lm_head": "output",
         "transformer.wte": "token_embd", "transformer.wpe": "position_embd",
         "transformer.ln_f": "output_norm"}


def converted_array(config, name, x):
    """As convert_hf_to_gguf.py has it."""
    stem, kind = name.rsplit(".", 1)
    parts = stem.split(".")
    if len(parts) > 3:
        own = ".".join(parts[3:])
        result = f"blk.{parts[2]}.{NAMES[own]}.{kind}"
    else:
        own, result = stem, f"{NAMES[stem]}.{kind}"
    if config["model_type"] == "llama" and own.endswith(("q_proj", "k_proj")):
        heads = config["num_attention_heads" if own.endswith("q_proj")
                       else "num_key_value_heads"]
        x = x.reshape(heads, 2, len(x) // heads // 2, -1).swapaxes(1, 2) \
            .reshape(x.shape)
    if own.endswith(("c_attn", "c_proj", "c_fc")) and kind == "weight":
        x = x.T
    return result, np.ascontiguousarray(x)


def rope_factors(config):
    """What Llama 3's scaling divides speeds by."""
    rope = config["rope_parameters"]
    head = config["head_dim"]
    length = 2 * np.pi * rope["rope_theta"] ** (np.arange(0, head, 2) / head)
    context = rope["original_max_position_embeddings"]
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    fast = (context / length - low) / (high - low)
    between = 1 / ((1 - fast) / rope["factor"] + fast)
    return np.where(length < context / high, 1,
                    np.where(length > context / low, rope["factor"],
                             between)).astype("<f4")


def converted(config, arrays):
    kind = config["model_type"]
    keys = {"context_length": ("max_position_embeddings", "n_positions"),
            "embedding_length": ("hidden_size", "n_embd"),
            "block_count": ("num_hidden_layers", "n_layer"),
            "feed_forward_length": ("intermediate_size", "n_inner"),
            "attention.head_count": ("num_attention_heads", "n_head"),
            "attention.head_count_kv": ("num_key_value_heads",),
            "attention.key_length": ("head_dim",),
            "attention.value_length": ("head_dim",),
            "attention.layer_norm_rms_epsilon": ("rms_norm_eps",),
            "attention.layer_norm_epsilon": ("layer_norm_epsilon",)}
    metadata = {"general.architecture": kind}
    for key, names in keys.items():
        for name in names:
            if config.get(name) is not None:
                metadata[f"{kind}.{key}"] = config[name]
    if kind == "gpt2":
        metadata.setdefault("gpt2.feed_forward_length", 4 * config["n_embd"])
    else:
        metadata[f"{kind}.rope.freq_base"] = float(
            config["rope_parameters"]["rope_theta"])
    result = dict(converted_array(config, *x) for x in arrays.items())
    if config.get("rope_parameters", {}).get("rope_type") == "llama3":
        result["rope_freqs.weight"] = rope_factors(config)
    return metadata, writer.of_arrays(result)
