#include "runtime/measuring/comparison.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/values/not_finite.hpp"
#include "metadata/values/sha256.hpp"

namespace ganglion {

namespace {

constexpr std::size_t digest_size = 32;

std::string hash_of(const std::vector<std::uint8_t>& digests) {
  return to_hex(sha256(std::as_bytes(std::span{digests})));
}

std::uint32_t one_nan_bits(float x) {
  return std::bit_cast<std::uint32_t>(one_nan(x));
}

/// Neuron number `index` among those with weights, in ID order.
neuron_id placeable_at(const network& net, std::uint64_t index) {
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    if (net.is_given(id))
      continue;
    if (index < net.at(id).neurons)
      return net.range_of(id).first + index;
    index -= net.at(id).neurons;
  }
  return net.neuron_count();
}

/// Where two lists of digests differ first, as a number of a neuron.
std::optional<std::uint64_t> first_of(const std::vector<std::uint8_t>& a,
                                      const std::vector<std::uint8_t>& b) {
  auto [i, j] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (i == a.end() && j == b.end())
    return std::nullopt;
  return static_cast<std::uint64_t>(i - a.begin()) / digest_size;
}

} // namespace

caf::expected<bit_comparison> compare_bits(session& a, session& b) {
  auto of_a = a.ask<weight_digests>(get_digests{});
  if (!of_a)
    return of_a.error();
  auto of_b = b.ask<weight_digests>(get_digests{});
  if (!of_b)
    return of_b.error();
  bit_comparison result;
  result.weights[0] = hash_of(of_a->weights);
  result.weights[1] = hash_of(of_b->weights);
  result.state[0] = hash_of(of_a->state);
  result.state[1] = hash_of(of_b->state);
  auto first = first_of(of_a->weights, of_b->weights);
  auto state = first_of(of_a->state, of_b->state);
  if (state && (!first || *state < *first))
    first = state;
  if (first)
    result.first_difference = placeable_at(a.net(), *first);
  return result;
}

caf::expected<double> relative_difference(session& a, session& b) {
  double difference = 0;
  double norm = 0;
  for (layer_id id = 0; id < a.net().layers().size(); ++id) {
    if (a.net().is_given(id))
      continue;
    auto of_a = a.ask<parameters>(get_parameters{a.net().range_of(id)});
    if (!of_a)
      return of_a.error();
    auto of_b = b.ask<parameters>(get_parameters{a.net().range_of(id)});
    if (!of_b)
      return of_b.error();
    for (std::size_t r = 0; r < of_a->weights.rows(); ++r) {
      auto x = of_a->weights.row(r);
      auto y = of_b->weights.row(r);
      for (std::size_t i = 0; i < x.size(); ++i) {
        // Both infinite, or both NaN: there is no difference to speak of.
        if (!std::isfinite(x[i]) && one_nan_bits(x[i]) == one_nan_bits(y[i]))
          continue;
        difference += (double{x[i]} - y[i]) * (double{x[i]} - y[i]);
        norm += double{x[i]} * x[i];
      }
    }
  }
  return one_nan(std::sqrt(difference) / std::max(std::sqrt(norm), 1e-30));
}

caf::error flip_bit(session& on, neuron_id neuron, std::uint64_t weight,
                    unsigned bit) {
  auto values = on.ask<parameters>(get_parameters{{neuron, 1}});
  if (!values)
    return values.error();
  auto row = values->weights.to_vector();
  if (weight >= row.size() || bit >= 32)
    return make_failure(errc::bad_argument,
                        {fmt::format("neuron {} has weights 0 to {}, each of "
                                     "bits 0 to 31",
                                     neuron, row.size() - 1),
                         {{neuron, 1}},
                         {},
                         {}});
  auto bits = std::bit_cast<std::uint32_t>(row[weight]) ^ (1u << bit);
  row[weight] = std::bit_cast<float>(bits);
  values->weights = tensor::copy_of(row, 1, row.size());
  auto done = on.ask<stored>(put_parameters{std::move(*values)});
  return done ? caf::error{} : done.error();
}

} // namespace ganglion
