// The line that shows a training at the prompt while it goes on, written over
// and over, where there is a terminal. For one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "runtime/training/trainer_messages.hpp"

namespace ganglion::cli {

/// ", accuracy 97.3 %"; empty of a regression.
std::string accuracy_text(const progress& x);

class training_line {
public:
  explicit training_line(bool on) : on_(on) {
    // nop
  }

  void show(const progress& x, std::uint64_t done, std::uint64_t all);

  /// Since it was made.
  [[nodiscard]] double seconds() const;

  void clear() const;

private:
  using clock = std::chrono::steady_clock;

  bool on_;
  clock::time_point begun_ = clock::now();
  clock::time_point shown_;
};

} // namespace ganglion::cli
