// A layer that normalises the row which it reads first, by what its last input
// yields, one that stands: weights [and biases], neuron by neuron. The rest is
// another's arithmetic, which is given the normalised row and knows no better.
// What flows back through a block to the row, and to the weights, is that
// block's own, so it adds up in the same trees as everything else.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "actors/kernel/layer_math.hpp"
#include "actors/kernel/row_norm.hpp"

namespace ganglion {

class normalised : public layer_math {
public:
  normalised(std::unique_ptr<layer_math> reader, row_normalisation how)
    : reader_(std::move(reader)), how_(how) {
    // nop
  }

  /// The last input is the row [1 x width x values] of who stands.
  forward_state forward(std::vector<tensor> inputs, const pass& now) override;

  void backward(const forward_state& state,
                const tensor& out_gradient) override;

  /// Of the last input: [1 x width x values].
  matrix input_gradient(std::size_t input, neuron_range part) override;

  void accumulate(const forward_state& state, bool first_micro_batch) override;

  void accumulate_and_update(const forward_state& state,
                             std::uint64_t step) override;

  [[nodiscard]] parameter_block& block() noexcept override {
    return reader_->block();
  }

private:
  [[nodiscard]] std::vector<row_moments> moments_in(const tensor& row) const;
  [[nodiscard]] tensor apply(const tensor& row, const tensor& standing,
                             const std::vector<row_moments>& moments) const;
  [[nodiscard]] matrix undo(const tensor& gradient) const;
  [[nodiscard]] matrix weigh(const tensor& gradient) const;

  /// Values per neuron of who stands: weight, and bias where it is centred.
  [[nodiscard]] std::size_t values() const {
    return how_.centred ? 2 : 1;
  }

  std::unique_ptr<layer_math> reader_;
  row_normalisation how_;
  /// Of the last backward pass: what the reader knows, the row as it came, and
  /// its moments.
  forward_state state_;
  tensor row_;
  std::vector<row_moments> moments_;
  /// What flows back to who stands, by part: found beside what flows back to
  /// the row, and kept until it is asked for.
  std::map<neuron_id, matrix> of_standing_;
};

} // namespace ganglion
