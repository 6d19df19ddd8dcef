"""Writes GGUF files of a few arrays, by the format's own words: for tests that
want what llama.cpp's converter makes of a model, and for the fuzz target's
seeds (gguf_writer.py FOLDER)."""
import struct
import sys
from pathlib import Path

U32, I32, F32, BOOL, TEXT, LIST, U64 = 4, 5, 6, 7, 8, 9, 10
PACKED = {U32: "<I", I32: "<i", F32: "<f", BOOL: "<?", U64: "<Q"}
# ggml's types of values that are no blocks.
PLAIN = {"<f4": 0, "<f2": 1, "<u2": 30}


def text(x):
    raw = x.encode()
    return struct.pack("<Q", len(raw)) + raw


def value(kind, x):
    if kind == TEXT:
        return text(x)
    if kind == LIST:
        inner, all_of_them = x
        return (struct.pack("<IQ", inner, len(all_of_them))
                + b"".join(value(inner, y) for y in all_of_them))
    return struct.pack(PACKED[kind], x)


def pairs_of(metadata):
    """A kind for what says none: (kind, value) says one."""
    for key, x in metadata.items():
        if isinstance(x, tuple):
            yield key, x
        else:
            yield key, ((BOOL if isinstance(x, bool) else
                         U32 if isinstance(x, int) else
                         F32 if isinstance(x, float) else TEXT), x)


def gguf(metadata, tensors, version=3, alignment=32):
    """`tensors`: name -> (extents as the file has them, type, bytes)."""
    head = struct.pack("<4sIQQ", b"GGUF", version, len(tensors),
                       len(metadata))
    for key, (kind, x) in pairs_of(metadata):
        head += text(key) + struct.pack("<I", kind) + value(kind, x)
    data = b""
    for name, (extents, kind, raw) in tensors.items():
        data += b"\0" * (-len(data) % alignment)
        head += (text(name) + struct.pack("<I", len(extents))
                 + struct.pack(f"<{len(extents)}Q", *extents)
                 + struct.pack("<IQ", kind, len(data)))
        data += raw
    return head + b"\0" * (-len(head) % alignment) + data


def of_arrays(arrays):
    """Of NumPy's, to what `gguf` takes."""
    return {name: (x.shape[::-1], PLAIN[x.dtype.str], x.tobytes())
            for name, x in arrays.items()}


def tiny(architecture):
    """A model of eight tokens, whose numbers are all the same."""
    pieces = ["<unk>", "<s>", "</s>", "<0x61>", "\u2581", "a", "b", "ab"]
    metadata = {
        "general.architecture": architecture,
        f"{architecture}.context_length": 8,
        f"{architecture}.embedding_length": 32,
        f"{architecture}.block_count": 1,
        f"{architecture}.feed_forward_length": 32,
        f"{architecture}.attention.head_count": 2,
        f"{architecture}.attention.layer_norm_rms_epsilon": 1e-5,
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": (LIST, (TEXT, pieces)),
        "tokenizer.ggml.scores": (LIST, (F32, [0, 0, 0, 0, -2, -3, -4, -1])),
        "tokenizer.ggml.token_type": (LIST, (I32, [2, 3, 3, 6, 1, 1, 1, 1])),
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.unknown_token_id": 0}
    q8 = struct.pack("<e", 0.5) + bytes(range(32))
    q4 = struct.pack("<e", 0.25) + bytes(range(16))
    matrix = ((32, 32), 8, q8 * 32)
    norm = ((32,), 0, struct.pack("<32f", *[1.0] * 32))
    tensors = {"token_embd.weight": ((32, 8), 2, q4 * 8),
               "output_norm.weight": norm}
    for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate",
                 "ffn_up", "ffn_down"):
        tensors[f"blk.0.{name}.weight"] = matrix
    for name in ("attn_norm", "ffn_norm"):
        tensors[f"blk.0.{name}.weight"] = norm
    return metadata, tensors


def bytes_tokenizer(metadata):
    """The same with merges of bytes."""
    del metadata["tokenizer.ggml.scores"]
    return {**metadata, "tokenizer.ggml.model": "gpt2",
            "tokenizer.ggml.pre": "llama-bpe",
            "tokenizer.ggml.merges": (LIST, (TEXT, ["a b"]))}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    metadata, tensors = tiny("llama")
    (folder / "pieces.gguf").write_bytes(gguf(metadata, tensors))
    (folder / "bytes.gguf").write_bytes(
        gguf(bytes_tokenizer(metadata), tensors, version=2))
    k = {"a": ((256,), 12, bytes(144)), "b": ((256,), 14, bytes(210)),
         "c": ((32, 2), 6, bytes(44)), "d": ((3,), 30, bytes(6))}
    (folder / "blocks.gguf").write_bytes(
        gguf({"general.alignment": 64, "x": (U64, 7)}, k, alignment=64))
