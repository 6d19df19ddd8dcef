#include "runtime/model_store/formats/quantised_blocks.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace ganglion {

namespace {

/// Values of a block, and of one whose scales have scales (QK_K).
constexpr std::uint32_t small_block = 32;
constexpr std::uint32_t large_block = 256;

float half_at(const std::byte* from) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, from, sizeof bits);
  return from_half(bits);
}

int low_bits(std::byte x) {
  return std::to_integer<int>(x & std::byte{0xf});
}

int high_bits(std::byte x) {
  return std::to_integer<int>(x >> 4);
}

int byte_value(std::byte x) {
  return std::to_integer<int>(x);
}

int signed_value(std::byte x) {
  return static_cast<std::int8_t>(std::to_integer<std::uint8_t>(x));
}

float product(float a, int b) {
  return a * static_cast<float>(b);
}

/// block_q8_0: scale; 32 whole numbers.
void take_q8_0(const std::byte* from, float* to) {
  auto scale = half_at(from);
  for (std::size_t i = 0; i < small_block; ++i)
    to[i] = product(scale, signed_value(from[2 + i]));
}

/// block_q4_0: scale; 16 bytes, whose low bits are the first 16 values, from
/// -8 on.
void take_q4_0(const std::byte* from, float* to) {
  auto scale = half_at(from);
  for (std::size_t i = 0; i < small_block / 2; ++i) {
    to[i] = product(scale, low_bits(from[2 + i]) - 8);
    to[i + small_block / 2] = product(scale, high_bits(from[2 + i]) - 8);
  }
}

/// block_q4_1: scale, least value; 16 bytes, as above, from 0 on.
void take_q4_1(const std::byte* from, float* to) {
  auto scale = half_at(from);
  auto least = half_at(from + 2);
  for (std::size_t i = 0; i < small_block / 2; ++i) {
    to[i] = product(scale, low_bits(from[4 + i])) + least;
    to[i + small_block / 2] = product(scale, high_bits(from[4 + i])) + least;
  }
}

/// The fifth bits of 32 values, in four bytes.
std::uint32_t fifth_bits(const std::byte* from) {
  std::uint32_t result = 0;
  std::memcpy(&result, from, sizeof result);
  return result;
}

int with_fifth(int bits, std::uint32_t fifths, std::size_t at) {
  return bits | static_cast<int>((fifths >> at & 1) << 4);
}

/// block_q5_0: scale; fifth bits; 16 bytes of the others; from -16 on.
void take_q5_0(const std::byte* from, float* to) {
  constexpr std::size_t half = small_block / 2;
  auto scale = half_at(from);
  auto fifths = fifth_bits(from + 2);
  for (std::size_t i = 0; i < half; ++i) {
    auto x = from[6 + i];
    to[i] = product(scale, with_fifth(low_bits(x), fifths, i) - 16);
    to[i + half] = product(scale,
                           with_fifth(high_bits(x), fifths, i + half) - 16);
  }
}

/// block_q5_1: scale, least value; fifth bits; 16 bytes; from 0 on.
void take_q5_1(const std::byte* from, float* to) {
  constexpr std::size_t half = small_block / 2;
  auto scale = half_at(from);
  auto least = half_at(from + 2);
  auto fifths = fifth_bits(from + 4);
  for (std::size_t i = 0; i < half; ++i) {
    auto x = from[8 + i];
    to[i] = product(scale, with_fifth(low_bits(x), fifths, i)) + least;
    to[i + half] = product(scale, with_fifth(high_bits(x), fifths, i + half))
                   + least;
  }
}

/// Scale and least value of the k-th 32 of a large block, six bits each: of the
/// first four in bytes of their own, whose two highest bits are the others'
/// (get_scale_min_k4).
struct small_scale {
  small_scale(const std::byte* from, std::size_t k) {
    constexpr int six_bits = 63;
    auto at = [from](std::size_t i) { return byte_value(from[i]); };
    if (k < 4) {
      scale = at(k) & six_bits;
      least = at(k + 4) & six_bits;
    } else {
      scale = low_bits(from[k + 4]) | at(k - 4) >> 6 << 4;
      least = high_bits(from[k + 4]) | at(k) >> 6 << 4;
    }
  }

  int scale = 0;
  int least = 0;
};

/// block_q4_K and block_q5_K: scale of scales, scale of least values; 12 bytes
/// of those; of Q5_K fifth bits; 32 bytes for each 64 values. `fifth` gives the
/// fifth bit of (32 values' number, value).
template <class Fifth>
void take_with_small_scales(const std::byte* from, const std::byte* bits,
                            float* to, Fifth fifth) {
  auto scales = half_at(from);
  auto leasts = half_at(from + 2);
  for (std::size_t k = 0; k < large_block / small_block; ++k) {
    small_scale own{from + 4, k};
    auto scale = product(scales, own.scale);
    auto least = product(leasts, own.least);
    const auto* x = bits + k / 2 * small_block;
    for (std::size_t i = 0; i < small_block; ++i)
      *to++ = product(scale, (k % 2 == 0 ? low_bits(x[i]) : high_bits(x[i]))
                               + fifth(k, i))
              - least;
  }
}

void take_q4_k(const std::byte* from, float* to) {
  take_with_small_scales(from, from + 16, to,
                         [](std::size_t, std::size_t) { return 0; });
}

void take_q5_k(const std::byte* from, float* to) {
  const auto* fifths = from + 16;
  take_with_small_scales(from, from + 48, to,
                         [fifths](std::size_t k, std::size_t i) {
                           return (byte_value(fifths[i]) >> k & 1) << 4;
                         });
}

/// block_q6_K: 128 bytes of low bits, 64 of two high bits, 16 scales of 16
/// values each; the scale of scales; from -32 on.
void take_q6_k(const std::byte* from, float* to) {
  constexpr std::size_t half = large_block / 2;
  auto scales = half_at(from + 208);
  for (std::size_t i = 0; i < large_block; ++i) {
    auto side = i / half;
    auto quarter = i % half / small_block;
    auto at = i % small_block;
    auto low = from[64 * side + (quarter % 2) * small_block + at];
    auto high = byte_value(from[128 + small_block * side + at]);
    auto bits = (quarter < 2 ? low_bits(low) : high_bits(low))
                | (high >> 2 * quarter & 3) << 4;
    auto scale = product(scales, signed_value(from[192 + i / 16]));
    to[i] = product(scale, bits - 32);
  }
}

constexpr std::array gguf_types{
  gguf_type{0, "F32", 1, 4, value_type::f32},
  gguf_type{1, "F16", 1, 2, value_type::f16},
  gguf_type{30, "BF16", 1, 2, value_type::bf16},
  gguf_type{28, "F64", 1, 8, value_type::f64},
  gguf_type{8, "Q8_0", small_block, 34, value_type::other, take_q8_0},
  gguf_type{2, "Q4_0", small_block, 18, value_type::other, take_q4_0},
  gguf_type{3, "Q4_1", small_block, 20, value_type::other, take_q4_1},
  gguf_type{6, "Q5_0", small_block, 22, value_type::other, take_q5_0},
  gguf_type{7, "Q5_1", small_block, 24, value_type::other, take_q5_1},
  gguf_type{12, "Q4_K", large_block, 144, value_type::other, take_q4_k},
  gguf_type{13, "Q5_K", large_block, 176, value_type::other, take_q5_k},
  gguf_type{14, "Q6_K", large_block, 210, value_type::other, take_q6_k},
  gguf_type{9, "Q8_1"},
  gguf_type{10, "Q2_K"},
  gguf_type{11, "Q3_K"},
  gguf_type{15, "Q8_K"},
  gguf_type{16, "IQ2_XXS"},
  gguf_type{17, "IQ2_XS"},
  gguf_type{18, "IQ3_XXS"},
  gguf_type{19, "IQ1_S"},
  gguf_type{20, "IQ4_NL"},
  gguf_type{21, "IQ3_S"},
  gguf_type{22, "IQ2_S"},
  gguf_type{23, "IQ4_XS"},
  gguf_type{24, "I8"},
  gguf_type{25, "I16"},
  gguf_type{26, "I32"},
  gguf_type{27, "I64"},
  gguf_type{29, "IQ1_M"},
  gguf_type{34, "TQ1_0"},
  gguf_type{35, "TQ2_0"},
  gguf_type{39, "MXFP4"},
};

} // namespace

const gguf_type* find_gguf_type(std::uint32_t number) {
  const auto* found = std::ranges::find(gguf_types, number, &gguf_type::number);
  return found == gguf_types.end() ? nullptr : found;
}

std::string gguf_type_names() {
  std::string result;
  for (const auto& x : gguf_types)
    if (x.is_read())
      result.append(result.empty() ? "" : ", ").append(x.name);
  return result;
}

} // namespace ganglion
