// The backward pass of attention: what flows back through softmax, turning and
// normalisation, row by row and then head by head, in order.
#include <algorithm>
#include <utility>

#include "actors/kernel/attention.hpp"
#include "actors/kernel/attention_parts.hpp"
#include "actors/kernel/products/row_products.hpp"
#include "actors/kernel/row_norm.hpp"

namespace ganglion {

namespace {

matrix zeros_of(std::size_t rows, std::size_t columns) {
  matrix result{rows, columns};
  std::ranges::fill(result.values(), 0.0f);
  return result;
}

void add_scaled(std::span<float> to, float by, const float* x) {
  for (std::size_t i = 0; i < to.size(); ++i)
    to[i] += by * x[i];
}

/// Replaces the gradient of normal(x) * weight by that of x, and adds to that
/// of the weights.
void undo_normalising(std::span<const float> x, const float* weights,
                      double epsilon, std::span<float> gradient,
                      std::span<float> of_weights) {
  row_normalisation how{.epsilon = epsilon};
  auto moments = moments_of(x, how);
  std::vector<float> h(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    of_weights[i] += gradient[i] * moments.normal(x[i]);
    h[i] = gradient[i] * weights[i];
  }
  undo_norm(x, moments, how, h, 0, gradient);
}

} // namespace

void attention::look_back(const row_run& run, const forward_state& state,
                          const tensor& out_gradient, std::size_t neuron,
                          deltas& to) const {
  const auto& queries = state.saved[3 * neuron];
  auto head = settings_.head;
  for (auto r = run.first; r < run.first + run.count; ++r) {
    auto view = view_from(
      settings_, state.saved[3 * neuron + 1].row(run.first).data(),
      state.saved[3 * neuron + 2].row(run.first).data(), r - run.first);
    for (std::size_t h = 0; h < settings_.queries; ++h) {
      auto gradient = out_gradient.row(r).subspan(
        (neuron * settings_.queries + h) * head, head);
      look_back(view, run.first + view.first,
                queries.row(r).subspan(h * head, head), gradient,
                to.of.queries.row(r).subspan(h * head, head), to);
    }
  }
}

void attention::look_back(const head_view& view, std::size_t first_row,
                          std::span<const float> query,
                          std::span<const float> gradient,
                          std::span<float> of_query, deltas& to) const {
  auto head = settings_.head;
  auto scale = scale_of(settings_);
  auto& weights = to.weights;
  auto& slopes = to.slopes;
  attend(query, view, scale, weights);
  slopes.resize(view.count);
  dots(gradient, view, slopes);
  float whole = 0;
  for (std::size_t j = 0; j < view.count; ++j) {
    whole += weights[j] * slopes[j];
    add_scaled(to.of.values.row(first_row + j), weights[j], gradient.data());
  }
  for (std::size_t j = 0; j < view.count; ++j) {
    auto slope = weights[j] * (slopes[j] - whole) * scale;
    add_scaled(of_query, slope, view.keys + j * head);
    add_scaled(to.of.keys.row(first_row + j), slope, query.data());
  }
}

void attention::undo_preparing(const forward_state& state, std::size_t neuron,
                               deltas& to) const {
  const auto& rows = state.inputs[1];
  auto head = settings_.head;
  auto norms = settings_.epsilon > 0;
  auto raw = norms ? project(state.inputs[0], neuron) : projections{};
  auto norm = first_norm_part(settings_);
  auto undo = [&](std::span<float> gradient, std::span<const float> x,
                  std::size_t part, std::vector<float>& of_weights) {
    if (norms)
      undo_normalising(x, block_.values(part) + neuron * head,
                       settings_.epsilon, gradient, of_weights);
  };
  to.query_norm.assign(norms ? head : 0, 0.0f);
  to.key_norm.assign(norms ? head : 0, 0.0f);
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    auto position = number_in(rows, r, position_column, most_row_numbers);
    auto part_of = [&](matrix& x, std::size_t h) {
      return x.size() > 0 ? x.row(r).subspan(h * head, head)
                          : std::span<float>{};
    };
    for (std::size_t h = 0; h < settings_.queries; ++h) {
      auto gradient = part_of(to.of.queries, h);
      turns_.turn_back(gradient, position);
      undo(gradient, part_of(raw.queries, h), norm, to.query_norm);
    }
    auto gradient = part_of(to.of.keys, 0);
    turns_.turn_back(gradient, position);
    undo(gradient, part_of(raw.keys, 0), norm + 1, to.key_norm);
  }
}

void attention::backward(const forward_state& state,
                         const tensor& out_gradient) {
  auto rows = out_gradient.rows();
  auto runs = runs_of(state.inputs[1]);
  deltas_.clear();
  for (std::size_t i = 0; i < block_.range().count; ++i) {
    deltas to{{zeros_of(rows, settings_.queries * settings_.head),
               zeros_of(rows, settings_.head), zeros_of(rows, settings_.head)},
              {},
              {},
              {},
              {}};
    for (const auto& run : runs)
      look_back(run, state, out_gradient, i, to);
    undo_preparing(state, i, to);
    deltas_.push_back(std::move(to));
    block_.model().work->add();
  }
}

matrix attention::input_gradient(std::size_t, neuron_range part) {
  auto width = block_.model().net.width_of(block_.self().inputs[0]);
  auto rows = deltas_.front().of.keys.rows();
  auto result = zeros_of(rows, width);
  matrix own{rows, width};
  auto add = [&](const matrix& delta, const float* weights) {
    input_product({delta.data(), rows, delta.columns(), delta.columns()},
                  weights, width, own.data());
    for (std::size_t i = 0; i < own.size(); ++i)
      result.data()[i] += own.data()[i];
  };
  auto begin = block_.position(part);
  for (auto i = begin; i < begin + part.count; ++i) {
    const auto& x = deltas_[i].of;
    add(x.queries, block_.values(query_part) + i * x.queries.columns() * width);
    add(x.keys, block_.values(key_part) + i * settings_.head * width);
    add(x.values, block_.values(value_part) + i * settings_.head * width);
  }
  return result;
}

void attention::accumulate(const forward_state& state, std::size_t neuron,
                           bool first_micro_batch) {
  const auto& x = state.inputs[0];
  const auto& from = deltas_[neuron];
  gradient_use use{.adds = !first_micro_batch};
  auto add = [&](const matrix& delta, std::size_t part, std::size_t bias) {
    auto columns = delta.columns();
    delta_view view{delta.data(), delta.rows(), columns, columns};
    weight_gradient({&view, 1}, x.data(), x.columns(), use,
                    block_.gradients(part) + neuron * columns * x.columns());
    if (settings_.biases)
      bias_gradient({&view, 1}, use, block_.gradients(bias) + neuron * columns);
  };
  add(from.of.queries, query_part, query_bias_part);
  add(from.of.keys, key_part, key_bias_part);
  add(from.of.values, value_part, value_bias_part);
  auto norm = first_norm_part(settings_);
  for (const auto* sums : {&from.query_norm, &from.key_norm}) {
    for (std::size_t i = 0; i < sums->size(); ++i) {
      auto& to = block_.gradients(norm)[neuron * sums->size() + i];
      to = first_micro_batch ? (*sums)[i] : to + (*sums)[i];
    }
    ++norm;
  }
}

void attention::accumulate(const forward_state& state, bool first_micro_batch) {
  for (std::size_t i = 0; i < block_.range().count; ++i) {
    accumulate(state, i, first_micro_batch);
    block_.model().work->add();
  }
}

} // namespace ganglion
