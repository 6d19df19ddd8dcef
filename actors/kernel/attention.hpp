// Attention's arithmetic, a key-value group at a time: scores are one chain
// over a head's values; softmax and the weighted sum go in blocks of 64
// positions from position 0, in order. So a row's bits depend on the rows
// before it in its sequence, and not on how many of them came in the same flow.
// What a conversation's rows gave (keys and values) is kept here, for its next
// rows.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "actors/kernel/attention_look.hpp"
#include "actors/kernel/block_math.hpp"
#include "actors/kernel/rotary.hpp"
#include "actors/kernel/row_layout.hpp"
#include "metadata/layers/attention_settings.hpp"

namespace ganglion {

class attention : public block_math {
public:
  attention(definition_ptr model, layer_id id, neuron_range range);

  /// Throws std::out_of_range for a row whose earlier ones are not there, or
  /// with a number that there is not.
  forward_state forward(std::vector<tensor> inputs, const pass& now) override;

  void backward(const forward_state& state,
                const tensor& out_gradient) override;

  matrix input_gradient(std::size_t input, neuron_range part) override;

  void accumulate(const forward_state& state, bool first_micro_batch) override;

private:
  /// Keys and values of a sequence's positions, each [positions x head], as one
  /// key-value group has them.
  struct memory {
    std::vector<float> keys;
    std::vector<float> values;
  };

  /// Of all groups of neurons here, in ID order.
  struct conversation {
    std::uint64_t step = 0;
    std::uint64_t length = 0;
    std::vector<memory> groups;
  };

  /// Of one flow and one neuron: queries [rows x queries x head], keys and
  /// values [rows x head], before and after they are normalised and turned.
  struct projections {
    matrix queries;
    matrix keys;
    matrix values;
  };

  projections project(const tensor& x, std::size_t neuron) const;
  void prepare(projections& p, std::size_t neuron, const tensor& rows) const;
  void normalise(std::span<float> head, std::size_t part,
                 std::size_t neuron) const;
  conversation& memory_of(const row_run& run, const pass& now,
                          conversation& fresh);
  void read(const row_run& run, const pass& now,
            const std::vector<projections>& all, matrix& outputs);
  void look(const row_run& run, const memory& seen, const projections& p,
            std::size_t neuron, matrix& outputs) const;

  // -- backward (attention_backward.cpp) --------------------------------------
  /// dL/d(what the products gave), in the shapes of `projections`; and of the
  /// weights that normalise queries and keys, where there are some.
  struct deltas {
    projections of;
    std::vector<float> query_norm;
    std::vector<float> key_norm;
    /// Of the position at hand, so that none takes memory of its own.
    std::vector<float> weights;
    std::vector<float> slopes;
  };

  void look_back(const row_run& run, const forward_state& state,
                 const tensor& out_gradient, std::size_t neuron,
                 deltas& to) const;
  /// Of one head at one row; `first_row` is that of what it sees.
  void look_back(const head_view& view, std::size_t first_row,
                 std::span<const float> query, std::span<const float> gradient,
                 std::span<float> of_query, deltas& to) const;
  void undo_preparing(const forward_state& state, std::size_t neuron,
                      deltas& to) const;
  void accumulate(const forward_state& state, std::size_t neuron,
                  bool first_micro_batch);

  attention_settings settings_;
  rotary turns_;
  std::map<std::uint64_t, conversation> kept_;
  /// Of the last backward pass, neuron by neuron.
  std::vector<deltas> deltas_;
};

} // namespace ganglion
