// The loss curve of a training as a picture: for a terminal of 80 columns, and
// as SVG. Pure functions; a training of any length gives a picture of one size.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ganglion::cli {

struct loss_point {
  /// Updates done.
  std::uint64_t step = 0;
  double loss = 0;
};

/// Gathers points in bounded memory: neighbours are averaged as they become
/// many.
class loss_curve {
public:
  void add(std::uint64_t step, double loss);

  /// In order of steps.
  [[nodiscard]] std::vector<loss_point> points() const;

private:
  std::vector<loss_point> points_;
  /// Steps that one point stands for.
  std::uint64_t width_ = 1;
  /// Of the point that is not full.
  double sum_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t last_step_ = 0;
};

/// What is drawn.
struct loss_plot {
  std::vector<loss_point> training;
  /// Of samples that are not learned from; none where there are none.
  std::vector<loss_point> validation;
};

/// Blocks with axes, and an o for each point of the validation that does not
/// hide another; empty where there is no point.
std::string to_text(const loss_plot& x);

/// A picture of 800 x 450.
std::string to_svg(const loss_plot& x);

} // namespace ganglion::cli
