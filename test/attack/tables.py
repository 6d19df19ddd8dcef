"""The protocol between Ganglion's programs: every fact that a change changes.

They say what actors/link/wire.hpp, actors/link/frame.hpp and the message headers of
metadata/ say. A line is "name type" or "name type = default", field by field;
a type is a number (u8 u16 u32 u64 i64 f32 f64 bool), text, bytes, tensor,
[type] for a list, or a structure's name. How they become bytes is said in
protocol.py.
"""
import struct

# Kinds of frames, and the longest payload of one.
HELLO, WELCOME, REFUSE, HEARTBEAT, CONTROL, HEAD, DATA = range(1, 8)
LAST_FRAME = 1
MAX_PAYLOAD = 1 << 20
PREFIX = struct.Struct("<IBBHI")  # length, kind, flags, reserved, stream

TRAIN, INFER, STAND = range(3)
INPUT, DENSE, SPARSE = range(3)
# As a network's text calls them.
LAYERS = ["input", "dense", "sparse", "norm", "pool", "dropout"]
ACTIVATIONS = ["identity", "relu", "sigmoid", "tanh", "gelu", "silu",
               "gelu_tanh"]
# Arrays of state beside the weights: plain descent, momentum, Adam, AdamW, Lion.
STATE_ARRAYS = [0, 1, 2, 2, 1]

STRUCTURES = {
    "range": "first u64, count u64",
    "arithmetic": "version u32, trial text",
    "hello": "magic u64 = 0x4E4F494C474E4147, version u32 = 10, type_table u64,"
             "engine bool = 1, observer bool, name text = stranger,"
             "address text, incarnation u64, threads u32,"
             "arithmetic arithmetic",
    "envelope": "number u64, reply bool, kind u8",
    "heartbeat": "work u64, stuck u32",
    "details": "text text, ranges [range], layers [text], nodes [text]",
    "node_info": "name text, address text, incarnation u64, threads u32 = 1",
    "cluster": "nodes [node_info]",
    "edge": "source u64, target u64",
    "wiring": "edges [edge], outputs [range], names [text]",
    "layer": "name text, kind u8 = 1, activation u8, neurons u64,"
             "values u32 = 1, block_size u64, inputs [u32]",
    "network": "wires [wiring], layers [layer], settings [f64]",
    "placed": "range range, layer u32, node u32",
    "placement": "nodes [text], ranges [placed]",
    "optimizer": "kind u8, learning_rate f32 = 0.1, momentum f32 = 0.9,"
                 "beta1 f32 = 0.9, beta2 f32 = 0.999, epsilon f32 = 1e-8,"
                 "weight_decay f32, decay_biases bool, clip_norm f32",
    "schedule": "kind u8, begin u64, warmup u64, length u64, every u64,"
                "factor f32",
    "sum": "finite bool = 1, words [u64]",
    "training": "seed u64 = 1, loss u8 = 1, optimizer optimizer,"
                "schedule schedule",
    "header": "run u64, epoch u32 = 1, mode u8, step u64, sequence u64 = 1,"
              "micro_batch u32, micro_batches u32 = 1, batch u64 = 1,"
              "rows u64 = 1, keep bool, watch [u32], ticks u32, tick u32,"
              "layer u32, range range",
    "tree_node": "first u64, last u64, part range",
    "slice": "run u64, step u64, range range, weights tensor, state [tensor]",
    "model": "path text, network_hash text",
    "commit": "fence u64 = 1, step u64",
    "shard": "name text, layer u32, range range, size u64, checksum u64",
    "traffic": "peer text, engine bool, sent u64, received u64",
    "load": "layer u32, groups u64, compute_ns u64, wait_ns u64, send_ns u64,"
            "arrive_ns u64",
    "progress": "step u64, loss f64, samples u64, samples_per_second f64",
    "deployment": "run u64, epoch u32, owner text, age f64, cluster cluster,"
                  "net network, where placement, step u64, steps u64,"
                  "training progress, layers [load], links [traffic]",
    "part": "kind u8, layer u32, range range",
    "part_state": "who part, forward bool, backward bool",
    "event": "what u8, track u32, layer u32, micro_batch u32, step u64,"
             "begin i64, end i64",
}

# Control messages: their order gives their numbers.
MESSAGES = {
    "failure": "code u8 = 1, why details",
    "loss_report": "head header, loss_sum f64, correct u64, samples u64",
    "flow_done": "head header, node u32",
    "run_failed": "run u64, why details",
    "gradient_squares": "head header, node u32, sum sum",
    "shards_written": "run u64, step u64, node u32, shards [shard],"
                      "failure details, diverged bool",
    "deploy": "run u64, epoch u32 = 1, owner text = stranger, cluster cluster,"
              "net network, where placement, training training,"
              "group_size u64, initial_deviation f32, blank bool",
    "deployed": "node text, groups u64 = 1",
    "release": "run u64",
    "released": "links [traffic]",
    "fetch": "run u64, step u64, range range",
    "parameter_slice": "run u64, step u64, range range, weights tensor,"
                       "state [tensor]",
    "store": "slice slice",
    "stored": "range range",
    "fetch_digests": "run u64, step u64, range range",
    "digests": "range range, weights bytes, state bytes",
    "fetch_outputs": "run u64, step u64, range range",
    "output_slice": "range range, values tensor",
    "fetch_not_finite": "run u64, step u64, range range",
    "not_finite": "range range, neurons [range]",
    "fetch_traffic": "run u64",
    "traffic_report": "links [traffic]",
    "fetch_flow": "run u64, sequence u64 = 1",
    "flow_state": "parts [part_state]",
    "open_store": "run u64, model model, fence u64, any_values bool",
    "store_opened": "node text",
    "load_shards": "run u64, model model, commit commit, weights_only bool",
    "shards_loaded": "node text",
    "keep_step": "run u64, step u64",
    "step_kept": "node text",
    "prepare_move": "run u64, epoch u32 = 2, step u64, where placement,"
                    "training training",
    "move_prepared": "node text, groups u64 = 1",
    "settle_move": "run u64, epoch u32 = 2, take bool",
    "move_settled": "node text",
    "apply_update": "run u64, step u64, scale f32 = 1",
    "update_applied": "node text",
    "change_rate": "run u64, learning_rate f32 = 0.1",
    "rate_changed": "node text",
    "change_step": "run u64, step u64",
    "step_changed": "node text",
    "yield_rows": "run u64, revision u64",
    "rows_yielded": "node text",
    "fetch_status": "",
    "node_status": "node node_info, memory u64, up_since i64,"
                   "peers [node_info], deployments [deployment]",
    "fetch_trace": "what u8",
    "trace_report": "clock i64, step u64, tracks [text], events [event],"
                    "dropped u64",
}

# What carries a tensor: its head without rows, columns and values.
TENSORS = {
    "activation": "head header",
    "gradient": "head header, node tree_node",
    "targets": "head header",
    "outputs": "head header",
    "tick_values": "head header",
}

# What a node is asked, and what answers; a failure answers anything.
ANSWERS = {
    "deploy": "deployed", "release": "released",
    "fetch": "parameter_slice", "store": "stored",
    "fetch_digests": "digests", "fetch_traffic": "traffic_report",
    "open_store": "store_opened", "load_shards": "shards_loaded",
    "fetch_status": "node_status", "fetch_trace": "trace_report",
    "prepare_move": "move_prepared", "settle_move": "move_settled",
    "fetch_outputs": "output_slice",
    "fetch_not_finite": "not_finite", "fetch_flow": "flow_state",
    "keep_step": "step_kept",
    "apply_update": "update_applied", "change_rate": "rate_changed",
    "change_step": "step_changed",
    "yield_rows": "rows_yielded",
}
