#include "runtime/data/dataset.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "actors/kernel/shuffle.hpp"
#include "metadata/error.hpp"
#include "metadata/layers/row_layout.hpp"
#include "metadata/values/sha256.hpp"

namespace ganglion {

namespace {

/// No training reaches this epoch, so the division of the samples shares no
/// random numbers with their order.
constexpr std::uint64_t hold_back_epoch = UINT32_MAX;

caf::error bad_set(std::string text) {
  return make_failure(errc::bad_data, std::move(text));
}

/// A text and what reads tokens.
caf::error check_reader(const network& net, const dataset& data) {
  auto limits = limits_of(net);
  if (!limits)
    return bad_set(fmt::format("'{}' is a text, and the network reads no "
                               "tokens: use a network such as gpt: or llama:",
                               data.name));
  if (data.classes > limits->tokens)
    return bad_set(fmt::format("'{}' has the token {}, and the network knows "
                               "those below {}: use a network with tokens={}, "
                               "or the tokenizer that it was made for",
                               data.name, data.classes - 1, limits->tokens,
                               data.classes));
  if (limits->positions > 0 && data.windows.context() > limits->positions)
    return bad_set(fmt::format("windows of {} tokens are longer than the {} "
                               "positions of the network: choose a smaller "
                               "--context",
                               data.windows.context(), limits->positions));
  return {};
}

caf::error check_input(const network& net, const dataset& data) {
  auto inputs = input_layers(net);
  if (inputs.size() != 1)
    return bad_set(
      fmt::format("the network has {} input layers, but the data '{}' "
                  "feeds exactly one: use a network with one",
                  inputs.size(), data.name));
  if (data.is_text())
    return check_reader(net, data);
  auto features = data.samples.columns();
  auto width = net.width_of(inputs[0]);
  if (features != width)
    return bad_set(
      fmt::format("the data '{0}' has {1} features per sample, but "
                  "the input layer '{2}' takes {3}: give that layer "
                  "{1} neurons or use other data",
                  data.name, features, net.at(inputs[0]).name, width));
  return {};
}

caf::error check_output(const network& net, const dataset& data) {
  auto output = output_layer(net);
  if (!output)
    return output.error();
  auto width = net.answer_width(*output);
  if (data.values > 0 && data.values != width)
    return bad_set(
      fmt::format("the data '{0}' has {1} values to be learned per sample, but "
                  "the output layer '{2}' has {3}: give it {1}",
                  data.name, data.values, net.at(*output).name, width));
  if (data.classes > width) {
    const auto& layer = net.at(*output);
    return bad_set(
      fmt::format("the data has {0} classes, but the output layer "
                  "'{1}' has {2} {3}: give it at least {0}, or use "
                  "data with fewer classes than '{4}'",
                  data.classes, layer.name, width,
                  layer.values == 1 ? "neurons" : "values", data.name));
  }
  return {};
}

dataset part_of(const dataset& whole, std::span<std::uint32_t> rows) {
  std::sort(rows.begin(), rows.end());
  auto result = whole;
  result.samples = gather(whole.samples, rows);
  result.labels = gather(whole.labels, rows);
  return result;
}

} // namespace

caf::error check_asked(const network& net, const dataset& data) {
  if (auto err = check_input(net, data))
    return err;
  return check_output(net, data);
}

caf::error check_fits(const network& net, const dataset& data,
                      std::uint64_t batch) {
  if (auto err = check_asked(net, data))
    return err;
  if (!data.labelled())
    return bad_set(fmt::format("the data '{}' has no labels to learn from: say "
                               "which column has them with --label",
                               data.name));
  if (batch == 0)
    return bad_set("batch 0 holds no sample: use a batch of at least 1");
  if (batch > data.size())
    return bad_set(
      fmt::format("batch {} is larger than the {} samples of '{}': "
                  "use a smaller batch or more data",
                  batch, data.size(), data.name));
  return {};
}

std::string fingerprint(const dataset& data) {
  sha256_stream result;
  for (const auto* x : {&data.samples, &data.labels}) {
    std::uint64_t shape[] = {x->rows(), x->columns()};
    result.add(std::as_bytes(std::span{shape}));
    for (std::size_t r = 0; r < x->rows(); ++r)
      result.add(std::as_bytes(x->row(r)));
  }
  if (data.is_text()) {
    result.add(std::as_bytes(data.windows.tokens()));
    auto context = data.windows.context();
    result.add(std::as_bytes(std::span{&context, 1}));
  }
  return to_hex(result.finish());
}

labelled_rows rows_of(const dataset& data,
                      std::span<const std::uint32_t> numbers,
                      std::uint64_t shift) {
  if (data.is_text())
    return data.windows.rows(numbers, shift);
  return {gather(data.samples, numbers), gather(data.labels, numbers)};
}

tensor gather(const tensor& from, std::span<const std::uint32_t> rows) {
  matrix result{rows.size(), from.columns()};
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::ranges::copy(from.row(rows[i]), result.row(i).begin());
  return std::move(result).freeze();
}

namespace {

/// Each part has a window at least.
caf::error hold_back_tokens(dataset_bundle& data, double fraction) {
  const auto& whole = data.train.windows;
  auto size = whole.tokens().size();
  auto count = static_cast<std::size_t>(
    std::llround(fraction * static_cast<double>(size)));
  if (std::min(count, size - count) <= whole.context())
    return bad_set(
      fmt::format("holding back {} of the {} tokens of '{}' leaves "
                  "no window of {} for {}: use another "
                  "--validation, a longer text or a smaller "
                  "--context",
                  count, size, data.train.name, whole.context(),
                  count <= whole.context() ? "validation" : "training"));
  data.validation = data.train;
  data.validation->windows = whole.part(size - count, count);
  data.validation->name += " (validation)";
  data.train.windows = whole.part(0, size - count);
  return {};
}

} // namespace

caf::error hold_back(dataset_bundle& data, double fraction,
                     std::uint64_t seed) {
  // Written so that NaN fails too.
  if (!(fraction >= 0 && fraction < 1))
    return bad_set(
      fmt::format("cannot hold back a fraction of {}: use a number "
                  "from 0 to below 1, such as 0.1",
                  fraction));
  if (fraction == 0)
    return {};
  if (data.validation)
    return bad_set(fmt::format("'{}' has validation samples already: hold back "
                               "only once",
                               data.train.name));
  if (data.train.is_text())
    return hold_back_tokens(data, fraction);
  auto size = static_cast<std::uint32_t>(data.train.size());
  auto count = static_cast<std::uint32_t>(std::lround(fraction * size));
  if (count == 0 || count >= size)
    return bad_set(fmt::format(
      "holding back {} of the {} samples of '{}' leaves "
      "none for {}: use another fraction or more data",
      fraction, size, data.train.name, count == 0 ? "validation" : "training"));
  auto order = permutation(seed, hold_back_epoch, size);
  auto rows = std::span{order};
  data.validation = part_of(data.train, rows.first(count));
  data.validation->name += " (validation)";
  data.train = part_of(data.train, rows.subspan(count));
  return {};
}

} // namespace ganglion
