// Rotary positions (Su et al. 2021, arXiv 2104.09864): values j and j + head /
// 2 of a head are turned by an angle that grows with the position, the slower
// the larger j. Angles, sines and cosines are our own, in doubles, so that they
// are the same on all machines. A value; immutable.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "metadata/layers/attention_settings.hpp"

namespace ganglion {

class rotary {
public:
  /// Turns nothing where the settings have no base.
  explicit rotary(const attention_settings& x);

  /// Turns a head at a position.
  void turn(std::span<float> head, std::uint64_t position) const;

  /// Turns a gradient back, which is the transposed of `turn`.
  void turn_back(std::span<float> head, std::uint64_t position) const;

private:
  void turn(std::span<float> head, std::uint64_t position, float sign) const;

  /// Radians per position.
  std::vector<float> speeds_;
};

} // namespace ganglion
