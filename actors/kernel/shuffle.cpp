#include "actors/kernel/shuffle.hpp"

#include <numeric>
#include <utility>

#include "actors/kernel/philox.hpp"

namespace ganglion {

namespace {

/// Words of one stream, one after the other. The last counter word tells these
/// streams from those of the weights, which count neurons and inputs.
class word_stream {
public:
  word_stream(std::uint64_t seed, std::uint64_t epoch, std::uint32_t use)
    : key_(key_of(seed)), epoch_(static_cast<std::uint32_t>(epoch)), use_(use) {
    // nop
  }

  std::uint32_t next() {
    if (used_ == 4) {
      words_ = philox({number_++, epoch_, use_, 0xffffffff}, key_);
      used_ = 0;
    }
    return words_[used_++];
  }

  /// Uniform below `bound`, without bias (Lemire 2019, arXiv 1805.10941).
  std::uint32_t below(std::uint32_t bound) {
    auto product = std::uint64_t{next()} * bound;
    while (static_cast<std::uint32_t>(product) < (0u - bound) % bound)
      product = std::uint64_t{next()} * bound;
    return static_cast<std::uint32_t>(product >> 32);
  }

private:
  philox_key key_;
  std::uint32_t epoch_;
  /// What the words are for.
  std::uint32_t use_;
  std::uint32_t number_ = 0;
  philox_counter words_{};
  std::size_t used_ = 4;
};

} // namespace

std::vector<std::uint32_t> permutation(std::uint64_t seed, std::uint64_t epoch,
                                       std::uint32_t count) {
  std::vector<std::uint32_t> result(count);
  std::iota(result.begin(), result.end(), 0u);
  word_stream words{seed, epoch, 0};
  for (auto i = count; i > 1; --i)
    std::swap(result[i - 1], result[words.below(i)]);
  return result;
}

std::uint32_t drawn_below(std::uint64_t seed, std::uint64_t epoch,
                          std::uint32_t bound) {
  return word_stream{seed, epoch, 1}.below(bound);
}

} // namespace ganglion
