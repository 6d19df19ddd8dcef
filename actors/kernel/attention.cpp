#include "actors/kernel/attention.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "actors/kernel/attention_look.hpp"
#include "actors/kernel/attention_parts.hpp"
#include "actors/kernel/products/row_products.hpp"
#include "actors/kernel/row_norm.hpp"

namespace ganglion {

attention::attention(definition_ptr model, layer_id id, neuron_range range)
  : block_math(std::move(model), id, range),
    settings_(settings_of(block_.self())),
    turns_(settings_) {
  // nop
}

attention::projections attention::project(const tensor& x,
                                          std::size_t neuron) const {
  auto rows = settings_.queries * settings_.head;
  projections result{matrix{x.rows(), rows}, matrix{x.rows(), settings_.head},
                     matrix{x.rows(), settings_.head}};
  auto multiply = [&](std::size_t part, std::size_t bias, std::size_t count,
                      matrix& to) {
    const auto* offsets = settings_.biases
                            ? block_.values(bias) + neuron * count
                            : nullptr;
    forward_product(block_, x,
                    block_.values(part) + neuron * count * x.columns(), offsets,
                    count, to.data());
  };
  multiply(query_part, query_bias_part, rows, result.queries);
  multiply(key_part, key_bias_part, settings_.head, result.keys);
  multiply(value_part, value_bias_part, settings_.head, result.values);
  return result;
}

void attention::normalise(std::span<float> head, std::size_t part,
                          std::size_t neuron) const {
  auto scale = moments_of(head, {.epsilon = settings_.epsilon}).scale;
  const auto* weights = block_.values(part) + neuron * head.size();
  for (std::size_t i = 0; i < head.size(); ++i)
    head[i] = head[i] * scale * weights[i];
}

void attention::prepare(projections& p, std::size_t neuron,
                        const tensor& rows) const {
  auto norm = first_norm_part(settings_);
  for (std::size_t r = 0; r < p.keys.rows(); ++r) {
    auto position = number_in(rows, r, position_column, most_row_numbers);
    for (std::size_t h = 0; h <= settings_.queries; ++h) {
      auto is_key = h == settings_.queries;
      auto head = is_key ? p.keys.row(r)
                         : p.queries.row(r).subspan(h * settings_.head,
                                                    settings_.head);
      if (settings_.epsilon > 0)
        normalise(head, norm + (is_key ? 1 : 0), neuron);
      turns_.turn(head, position);
    }
  }
}

attention::conversation&
attention::memory_of(const row_run& run, const pass& now, conversation& fresh) {
  auto keeps = run.conversation > 0 && !now.training;
  auto& result = keeps ? kept_[run.conversation] : fresh;
  if (run.position == 0)
    result = {};
  if (result.groups.empty()) {
    result.step = now.step;
    result.groups.resize(block_.range().count);
  }
  if (result.step != now.step || run.position > result.length) {
    auto known = result.step == now.step ? result.length : 0;
    kept_.erase(run.conversation);
    throw std::out_of_range(
      fmt::format("position {} of conversation {} came, and {} are known",
                  run.position, run.conversation, known));
  }
  // What came again, comes instead of what was there.
  for (auto& x : result.groups) {
    x.keys.resize(run.position * settings_.head);
    x.values.resize(run.position * settings_.head);
  }
  result.length = run.position + run.count;
  return result;
}

void attention::look(const row_run& run, const memory& seen,
                     const projections& p, std::size_t neuron,
                     matrix& outputs) const {
  auto width = settings_.queries * settings_.head;
  auto scale = scale_of(settings_);
  std::vector<float> weights;
  for (auto r = run.first; r < run.first + run.count; ++r) {
    auto view = view_from(settings_, seen.keys.data(), seen.values.data(),
                          run.position + (r - run.first));
    for (std::size_t h = 0; h < settings_.queries; ++h) {
      std::span query{p.queries.data() + r * width + h * settings_.head,
                      settings_.head};
      attend(query, view, scale, weights);
      mix(view, weights,
          outputs.row(r).subspan(neuron * width + h * settings_.head,
                                 settings_.head));
    }
  }
}

void attention::read(const row_run& run, const pass& now,
                     const std::vector<projections>& all, matrix& outputs) {
  conversation fresh;
  auto& to = memory_of(run, now, fresh);
  auto first = run.first * settings_.head;
  auto count = run.count * settings_.head;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto& x = to.groups[i];
    x.keys.insert(x.keys.end(), all[i].keys.data() + first,
                  all[i].keys.data() + first + count);
    x.values.insert(x.values.end(), all[i].values.data() + first,
                    all[i].values.data() + first + count);
    look(run, x, all[i], i, outputs);
    block_.model().work->add();
  }
}

forward_state attention::forward(std::vector<tensor> inputs, const pass& now) {
  const auto& rows = inputs[1];
  auto own = block_.range().count;
  matrix outputs{rows.rows(), own * settings_.queries * settings_.head};
  std::vector<projections> all;
  for (std::size_t i = 0; i < own; ++i) {
    all.push_back(project(inputs[0], i));
    prepare(all.back(), i, rows);
    block_.model().work->add();
  }
  for (const auto& run : runs_of(rows))
    read(run, now, all, outputs);
  std::vector<tensor> saved;
  if (now.training)
    for (auto& x : all) {
      saved.push_back(std::move(x.queries).freeze());
      saved.push_back(std::move(x.keys).freeze());
      saved.push_back(std::move(x.values).freeze());
    }
  return {std::move(inputs), std::move(outputs).freeze(), std::move(saved)};
}

} // namespace ganglion
