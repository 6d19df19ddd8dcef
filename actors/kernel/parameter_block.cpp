#include "actors/kernel/parameter_block.hpp"

#include <algorithm>
#include <utility>

#include "actors/kernel/initial_weights.hpp"
#include "actors/kernel/optimizer.hpp"
#include "metadata/layers/layer_rule.hpp"

namespace ganglion {

namespace {

/// Rows of weights that are one piece of work to whoever draws them.
constexpr std::size_t pieces_apart = 16;

/// Parameters of neurons of a part that has one for each edge.
std::unique_ptr<std::vector<std::size_t>> starts_of(const layer& x,
                                                    neuron_range range) {
  auto result = std::make_unique<std::vector<std::size_t>>(1);
  for (auto i = range.first; i < range.end(); ++i)
    result->push_back(result->back()
                      + edges_into(x.wires, neuron_range{i, 1}).size());
  return result;
}

} // namespace

optimizer_options options_at(const model_definition& model,
                             std::uint64_t step) {
  auto training = model.training;
  auto chosen = model.chosen_rate->load(std::memory_order_relaxed);
  if (chosen > 0)
    training.optimizer.learning_rate = chosen;
  training.optimizer.learning_rate = rate_of(training, step);
  return training.optimizer;
}

parameter_block::parameter_block(definition_ptr model, layer_id id,
                                 neuron_range range)
  : model_(std::move(model)), range_(range), id_(id) {
  if (std::ranges::any_of(parts(), &parameter_part::ragged))
    starts_ = starts_of(self(), range);
  auto arrays = rule_of(self()).trainable()
                  ? state_arrays(model_->training.optimizer.kind)
                  : 0;
  values_.resize(size() * (1 + arrays));
  if (!model_->blank)
    draw();
}

std::size_t parameter_block::row_of(std::size_t part, std::size_t i) const {
  const auto& x = parts()[part];
  return offset_of(part) + (x.ragged ? (*starts_)[i] : i * x.columns);
}

std::size_t parameter_block::offset_of(std::size_t part) const {
  std::size_t result = 0;
  for (const auto& x : parts().first(part))
    result += x.ragged ? starts_->back() : range_.count * x.columns;
  return result;
}

void parameter_block::draw() {
  auto limit = weight_limit(model_->net, id_);
  auto deviation = weight_deviation(model_->net, id_,
                                    model_->initial_deviation);
  for (std::size_t i = 0; i < range_.count; ++i) {
    std::uint64_t first_input = 0;
    for (std::size_t k = 0; k < parts().size(); ++k) {
      const auto& part = parts()[k];
      if (part.ragged)
        continue;
      std::span to{values_.data() + row_of(k, i), part.columns};
      if (part.initial) {
        std::ranges::fill(to, *part.initial);
        continue;
      }
      if (deviation > 0)
        draw_normal(model_->training.seed, range_.first + i, first_input,
                    deviation, to);
      else
        draw_weights(model_->training.seed, range_.first + i, first_input,
                     limit, to);
      first_input += part.columns;
    }
    if (i % pieces_apart == 0)
      model_->work->add();
  }
}

float* parameter_block::gradients(std::size_t part) {
  if (!gradients_)
    gradients_ = std::make_unique<std::vector<float>>(size());
  return gradients_->data() + offset_of(part);
}

void parameter_block::squared_gradients(std::span<double> to) const {
  for (std::size_t i = 0; i < range_.count; ++i) {
    to[i] = 0;
    for (std::size_t k = 0; k < parts().size(); ++k) {
      auto first = row_of(k, i);
      for (auto x :
           std::span{gradients_->data() + first, row_of(k, i + 1) - first})
        to[i] += double{x} * double{x};
    }
  }
}

void parameter_block::scale_gradients(float by) {
  if (gradients_)
    for (auto& x : *gradients_)
      x *= by;
}

void parameter_block::update(std::uint64_t step) {
  auto options = options_at(*model_, step);
  auto apply_to = optimizer_of(options.kind);
  std::vector<float*> arrays(state_arrays(options.kind));
  // Neighbours that decay alike go together.
  for (std::size_t k = 0; k < parts().size();) {
    auto decays = parts()[k].decays || options.decay_biases;
    auto first = offset_of(k);
    while (++k < parts().size()
           && (parts()[k].decays || options.decay_biases) == decays)
      ;
    auto count = offset_of(k) - first;
    for (std::size_t i = 0; i < arrays.size(); ++i)
      arrays[i] = values_.data() + (i + 1) * size() + first;
    apply_to(options, step,
             {{values_.data() + first, count},
              {gradients_->data() + first, count},
              arrays,
              decays ? options.weight_decay : 0});
  }
}

tensor parameter_block::gather(const float* from, neuron_range range) const {
  matrix result{range.count, model_->net.parameters_per_neuron(id_)};
  for (std::size_t i = 0; i < range.count; ++i) {
    auto neuron = position(range) + i;
    auto to = result.row(i).data();
    for (std::size_t k = 0; k < parts().size(); ++k) {
      auto first = row_of(k, neuron);
      auto count = row_of(k, neuron + 1) - first;
      to = std::copy_n(from + first, count, to);
      to = std::fill_n(to, parts()[k].columns - count, 0.0f);
    }
  }
  return std::move(result).freeze();
}

void parameter_block::scatter(float* to, neuron_range range,
                              const tensor& values) const {
  for (std::size_t i = 0; i < range.count; ++i) {
    auto neuron = position(range) + i;
    auto from = values.row(i).data();
    for (std::size_t k = 0; k < parts().size(); ++k) {
      auto first = row_of(k, neuron);
      std::copy_n(from, row_of(k, neuron + 1) - first, to + first);
      from += parts()[k].columns;
    }
  }
}

tensor parameter_block::parameters(neuron_range range) const {
  return gather(values_.data(), range);
}

void parameter_block::set_parameters(neuron_range range, const tensor& values) {
  scatter(values_.data(), range, values);
}

std::vector<tensor> parameter_block::state(neuron_range range) const {
  std::vector<tensor> result;
  if (size() == 0)
    return result;
  for (auto i = size(); i < values_.size(); i += size())
    result.push_back(gather(values_.data() + i, range));
  return result;
}

void parameter_block::set_state(neuron_range range,
                                std::span<const tensor> arrays) {
  if (size() == 0)
    return;
  auto kept = values_.size() / size() - 1;
  for (std::size_t i = 0; i < std::min(kept, arrays.size()); ++i)
    scatter(values_.data() + (i + 1) * size(), range, arrays[i]);
}

tensor parameter_block::gradients(neuron_range range) const {
  return gather(gradients_->data(), range);
}

} // namespace ganglion
