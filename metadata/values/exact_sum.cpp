#include "metadata/values/exact_sum.hpp"

#include <bit>
#include <cmath>
#include <limits>

namespace ganglion {

namespace {

constexpr int mantissa_bits = 52;

/// The power of two of the lowest bit.
constexpr int lowest = -1074;

} // namespace

void exact_sum::add_word(std::size_t at, std::uint64_t x) {
  words_[at] += x;
  auto carry = words_[at] < x;
  while (carry && ++at < word_count)
    carry = ++words_[at] == 0;
}

void exact_sum::add(double x) {
  if (!std::isfinite(x) || x < 0) {
    finite_ = false;
    return;
  }
  if (x == 0)
    return;
  words_.resize(word_count);
  auto bits = std::bit_cast<std::uint64_t>(x);
  auto exponent = bits >> mantissa_bits & 0x7FF;
  auto mantissa = bits & ((std::uint64_t{1} << mantissa_bits) - 1);
  // Of the smallest numbers, the first bit is not implied.
  if (exponent > 0)
    mantissa |= std::uint64_t{1} << mantissa_bits;
  auto position = exponent > 0 ? exponent - 1 : 0;
  auto shift = position % 64;
  add_word(position / 64, mantissa << shift);
  if (shift > 0)
    add_word(position / 64 + 1, mantissa >> (64 - shift));
}

void exact_sum::add(const exact_sum& x) {
  finite_ = finite_ && x.finite_;
  if (x.words_.empty())
    return;
  words_.resize(word_count);
  for (std::size_t i = 0; i < word_count; ++i)
    add_word(i, x.words_[i]);
}

double exact_sum::value() const {
  if (!finite_)
    return std::numeric_limits<double>::quiet_NaN();
  auto top = words_.size();
  while (top > 0 && words_[top - 1] == 0)
    --top;
  if (top == 0)
    return 0;
  // The first 64 bits, and whether there is anything after them: that decides
  // how the last bit of the result is rounded.
  auto high = words_[top - 1];
  auto shift = std::countl_zero(high);
  auto below = top > 1 ? words_[top - 2] : 0;
  auto first = shift > 0 ? high << shift | below >> (64 - shift) : high;
  auto rest = shift > 0 ? below << shift : below;
  for (std::size_t i = 0; rest == 0 && i + 2 < top; ++i)
    rest = words_[i];
  if (rest != 0)
    first |= 1;
  return std::ldexp(static_cast<double>(first),
                    static_cast<int>(64 * (top - 1)) - shift + lowest);
}

} // namespace ganglion
