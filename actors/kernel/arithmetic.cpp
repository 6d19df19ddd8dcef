#include "actors/kernel/arithmetic.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "actors/kernel/layer_math.hpp"
#include "actors/kernel/loss.hpp"
#include "actors/kernel/philox.hpp"
#include "metadata/layers/attention_settings.hpp"
#include "metadata/layers/row_layout.hpp"
#include "metadata/values/sha256.hpp"

namespace ganglion {

namespace {

constexpr std::size_t trial_rows = 13;
constexpr std::uint64_t trial_inputs = 66;

tensor trial_noise(std::size_t rows, std::size_t columns) {
  matrix result{rows, columns};
  for (std::size_t i = 0; i < result.size(); ++i)
    result.data()[i] = unit_float(
      philox({static_cast<std::uint32_t>(i), 0, 0, 1}, key_of(42))[0]);
  return std::move(result).freeze();
}

network layer_over_inputs(layer x) {
  x.name = "out";
  x.inputs = {0};
  return *network::make({{.name = "in",
                          .kind = layer_kind::input,
                          .neurons = trial_inputs,
                          .inputs = {}},
                         std::move(x)});
}

/// One step: what flows back, and what is added up; micro-batches of the even
/// steps are two.
void train_step(layer_math& math, const network& net, loss_kind loss,
                std::uint64_t step, sha256_stream& hash) {
  auto all = net.range_of(1);
  auto state = math.forward({trial_noise(trial_rows, trial_inputs)},
                            {.training = true, .step = step});
  auto wanted = tensor::copy_of(std::vector<float>(trial_rows, 3), trial_rows,
                                1);
  auto found = evaluate_loss(loss, state.outputs, wanted, trial_rows);
  hash.add(std::as_bytes(std::span{&found->loss_sum, 1}));
  math.backward(state, found->gradient);
  auto back = math.input_gradient(0, {all.first, net.at(1).block_size});
  hash.add(std::as_bytes(back.values()));
  if (step % 2 == 1)
    return math.accumulate_and_update(state, step);
  math.accumulate(state, true);
  math.accumulate(state, false);
  math.block().update(step);
}

/// Trains one layer for three steps; the shapes have odd and even sizes.
void train_layer(const network& net, const training_options& how,
                 sha256_stream& hash) {
  auto model = std::make_shared<model_definition>();
  model->net = net;
  model->training = how;
  auto all = net.range_of(1);
  auto math = make_layer_math(model, 1, all);
  for (std::uint64_t step = 1; step <= 3; ++step)
    train_step(*math, net, how.loss, step, hash);
  for (std::size_t i = 0; i < all.count; ++i)
    hash.add(std::as_bytes(math->block().parameters(all).row(i)));
}

training_options with_loss(loss_kind loss) {
  training_options result;
  result.loss = loss;
  return result;
}

void try_activations(sha256_stream& hash) {
  for (auto kind : all_activations())
    for (std::uint64_t width : {5, 16, 80})
      train_layer(layer_over_inputs({.activation = kind, .neurons = width}),
                  with_loss(loss_kind::cross_entropy), hash);
}

void try_losses_and_kinds(sha256_stream& hash) {
#define GANGLION_TRY(name, word, classes)                                      \
  train_layer(layer_over_inputs({.neurons = 5}), with_loss(loss_kind::name),   \
              hash);
  GANGLION_LOSSES(GANGLION_TRY)
#undef GANGLION_TRY
  for (auto text : {"mlp:66-norm", "mlp:66-pool2", "mlp:66-drop0.3"})
    train_layer(*parse_network(text), with_loss(loss_kind::cross_entropy),
                hash);
}

void try_optimizer(optimizer_kind kind, sha256_stream& hash) {
  training_options how;
  how.optimizer.kind = kind;
  how.optimizer.weight_decay = 0.25f;
  how.schedule = {.kind = schedule_kind::cosine, .length = 5};
  train_layer(layer_over_inputs({.neurons = 7}), how, hash);
}

void try_optimizers(sha256_stream& hash) {
#define GANGLION_TRY(name, arrays, rate, decay)                                \
  try_optimizer(optimizer_kind::name, hash);
  GANGLION_OPTIMIZERS(GANGLION_TRY)
#undef GANGLION_TRY
}

/// A layer that only answers.
void try_sparse(sha256_stream& hash) {
  std::vector<edge> edges;
  for (neuron_id target = trial_inputs; target < trial_inputs + 5; ++target)
    for (neuron_id source = target % 3; source < trial_inputs; source += 3)
      edges.push_back({source, target});
  auto net = layer_over_inputs({.kind = layer_kind::sparse,
                                .activation = activation_kind::tanh,
                                .neurons = 5,
                                .wires = {edges, {}}});
  auto math = make_layer_math(
    std::make_shared<model_definition>(model_definition{net, {}}), 1,
    net.range_of(1));
  auto state = math->forward({trial_noise(trial_rows, trial_inputs)});
  for (std::size_t r = 0; r < trial_rows; ++r)
    hash.add(std::as_bytes(state.outputs.row(r)));
}

/// Tokens of one sequence, from its start.
tensor trial_text() {
  matrix result{trial_rows, layout_columns};
  std::ranges::fill(result.values(), 0.0f);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    result.row(i)[token_column] = static_cast<float>(3 * i % 5);
    result.row(i)[position_column] = static_cast<float>(i);
  }
  return std::move(result).freeze();
}

/// Over a row of 6 values, a text, or another row of 3; and through layers that
/// stand.
network trial_network(layer x) {
  x.name = "out";
  return *network::make({{.name = "text",
                          .kind = layer_kind::input,
                          .neurons = layout_columns,
                          .inputs = {}},
                         {.name = "row", .neurons = 6, .inputs = {0}},
                         {.name = "passing", .neurons = 3, .inputs = {0}},
                         {.name = "scales",
                          .kind = layer_kind::rms,
                          .neurons = 6,
                          .inputs = {},
                          .settings = {1e-5}},
                         {.name = "shifts",
                          .kind = layer_kind::norm,
                          .neurons = 6,
                          .values = 2,
                          .inputs = {}},
                         std::move(x)});
}

/// One step of such a layer.
void try_language_kind(layer x, std::vector<tensor> inputs,
                       sha256_stream& hash) {
  auto net = trial_network(std::move(x));
  constexpr layer_id own = 5;
  auto all = net.range_of(own);
  auto model = std::make_shared<model_definition>();
  model->net = net;
  auto math = make_layer_math(model, own, all);
  auto state = math->forward(std::move(inputs), {.training = true});
  for (std::size_t r = 0; r < trial_rows; ++r)
    hash.add(std::as_bytes(state.outputs.row(r)));
  math->backward(state, trial_noise(trial_rows, net.width_of(own)));
  for (std::size_t k = 0; k < net.at(own).inputs.size(); ++k)
    if (!net.is_given(net.at(own).inputs[k]))
      hash.add(std::as_bytes(
        math->input_gradient(k, {all.first, net.at(own).block_size}).values()));
  math->accumulate_and_update(state, 1);
  for (std::size_t i = 0; i < all.count; ++i)
    hash.add(std::as_bytes(math->block().parameters(all).row(i)));
}

/// Through root mean squares, and through mean and variance.
void try_reading_through(sha256_stream& hash) {
  auto row = trial_noise(trial_rows, 6);
  try_language_kind({.kind = layer_kind::gated,
                     .activation = activation_kind::gelu_tanh,
                     .neurons = 3,
                     .inputs = {1, 3}},
                    {row, trial_noise(1, 6)}, hash);
  try_language_kind({.neurons = 5, .inputs = {1, 4}}, {row, trial_noise(1, 12)},
                    hash);
}

void try_language_kinds(sha256_stream& hash) {
  auto row = trial_noise(trial_rows, 6);
  auto text = trial_text();
  attention_settings heads{.head = 4, .queries = 2, .theta = 100};
  try_language_kind({.kind = layer_kind::embedding,
                     .neurons = 3,
                     .inputs = {0},
                     .settings = {5, trial_rows}},
                    {text}, hash);
  try_language_kind(
    {.kind = layer_kind::rms, .neurons = 6, .inputs = {1}, .settings = {1e-5}},
    {row}, hash);
  try_language_kind({.kind = layer_kind::attention,
                     .neurons = 3,
                     .values = 8,
                     .inputs = {1, 0},
                     .settings = to_settings(heads)},
                    {row, text}, hash);
  try_language_kind({.kind = layer_kind::gated,
                     .activation = activation_kind::silu,
                     .neurons = 3,
                     .inputs = {1}},
                    {row}, hash);
  try_language_kind(
    {.kind = layer_kind::residual, .neurons = 3, .inputs = {1, 2}},
    {row, trial_noise(trial_rows, 3)}, hash);
}

} // namespace

arithmetic_fingerprint compute_arithmetic() {
  sha256_stream hash;
  try_activations(hash);
  try_losses_and_kinds(hash);
  try_optimizers(hash);
  try_sparse(hash);
  try_language_kinds(hash);
  try_reading_through(hash);
  return {arithmetic_version, to_hex(hash.finish())};
}

const arithmetic_fingerprint& own_arithmetic() {
  static const auto result = compute_arithmetic();
  return result;
}

std::string difference(const arithmetic_fingerprint& ours,
                       const arithmetic_fingerprint& theirs) {
  if (ours.version != theirs.version)
    return fmt::format("computes by version {} of the arithmetic, this one by "
                       "version {}",
                       theirs.version, ours.version);
  if (ours.trial != theirs.trial)
    return "gets other bits from the same tiny training";
  return {};
}

} // namespace ganglion
