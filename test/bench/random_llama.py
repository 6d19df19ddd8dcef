#!/usr/bin/env python3
"""A Llama of random weights, as Hugging Face's folders are, to measure memory
and speed with: nobody has to download one.

  random_llama.py FOLDER [--blocks 22] [--width 2048] [--units 5632]
                  [--heads 32] [--key-heads 4] [--tokens 32000]
                  [--positions 2048] [--type float32|bfloat16]

The numbers that stand here are those of a Llama of 1.1 billion weights. It
writes a file a block, never holding more than one array.
"""
import argparse
import json
import os

import numpy as np

DEVIATION = 0.02


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    for name, usual in (("blocks", 22), ("width", 2048), ("units", 5632),
                        ("heads", 32), ("key-heads", 4), ("tokens", 32000),
                        ("positions", 2048), ("seed", 1)):
        parser.add_argument("--" + name, type=int, default=usual)
    parser.add_argument("--type", choices=("float32", "bfloat16"),
                        default="float32")
    return parser.parse_args()


def config(x):
    return {"architectures": ["LlamaForCausalLM"], "hidden_act": "silu",
            "hidden_size": x.width, "intermediate_size": x.units,
            "max_position_embeddings": x.positions, "model_type": "llama",
            "num_attention_heads": x.heads, "num_hidden_layers": x.blocks,
            "num_key_value_heads": x.key_heads, "rms_norm_eps": 1e-5,
            "rope_theta": 10000.0, "tie_word_embeddings": False,
            "bos_token_id": 1, "eos_token_id": 2, "torch_dtype": x.type,
            "vocab_size": x.tokens}


def files(x):
    """Each a list of names and shapes."""
    keys = x.width // x.heads * x.key_heads
    yield [("model.embed_tokens.weight", (x.tokens, x.width))]
    for i in range(x.blocks):
        block = f"model.layers.{i}."
        yield [(block + "input_layernorm.weight", (x.width,)),
               (block + "post_attention_layernorm.weight", (x.width,)),
               (block + "self_attn.q_proj.weight", (x.width, x.width)),
               (block + "self_attn.k_proj.weight", (keys, x.width)),
               (block + "self_attn.v_proj.weight", (keys, x.width)),
               (block + "self_attn.o_proj.weight", (x.width, x.width)),
               (block + "mlp.gate_proj.weight", (x.units, x.width)),
               (block + "mlp.up_proj.weight", (x.units, x.width)),
               (block + "mlp.down_proj.weight", (x.width, x.units))]
    yield [("model.norm.weight", (x.width,)),
           ("lm_head.weight", (x.tokens, x.width))]


def values(shape, draw, type_name):
    if len(shape) == 1:
        result = np.ones(shape, np.float32)
    else:
        result = draw.standard_normal(shape, np.float32) * np.float32(DEVIATION)
    if type_name == "float32":
        return result
    return (result.view(np.uint32) >> 16).astype(np.uint16)


def write(path, arrays, draw, type_name):
    size = {"float32": 4, "bfloat16": 2}[type_name]
    name = {"float32": "F32", "bfloat16": "BF16"}[type_name]
    header, at = {}, 0
    for array, shape in arrays:
        end = at + size * int(np.prod(shape))
        header[array] = {"dtype": name, "shape": shape,
                         "data_offsets": [at, end]}
        at = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for _, shape in arrays:
            values(shape, draw, type_name).tofile(out)


def main():
    x = arguments()
    os.makedirs(x.folder, exist_ok=True)
    draw = np.random.default_rng(x.seed)
    where = {}
    for number, arrays in enumerate(files(x)):
        file = f"model-{number:05}.safetensors"
        write(os.path.join(x.folder, file), arrays, draw, x.type)
        where.update({name: file for name, _ in arrays})
    for file, text in (("config.json", config(x)),
                       ("model.safetensors.index.json",
                        {"weight_map": where})):
        with open(os.path.join(x.folder, file), "w", encoding="utf-8") as out:
            json.dump(text, out, indent=2)


if __name__ == "__main__":
    main()
