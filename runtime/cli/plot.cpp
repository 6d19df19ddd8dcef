#include "runtime/cli/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "runtime/cli/units.hpp"

namespace ganglion::cli {

namespace {

constexpr std::size_t max_points = 2048;

// -- text: 80 columns, 10 of them for numbers
constexpr std::size_t columns = 68;
constexpr std::size_t rows = 12;

// -- SVG
constexpr double width = 800;
constexpr double height = 450;
constexpr double left = 70;
constexpr double right = 20;
constexpr double top = 40;
constexpr double bottom = 50;
constexpr int ticks = 5;

struct axes {
  double low = 0;
  double high = 1;
  std::uint64_t first = 0;
  std::uint64_t last = 1;
};

axes axes_of(const std::vector<loss_point>& points) {
  axes result;
  auto by_loss = [](const auto& a, const auto& b) { return a.loss < b.loss; };
  auto [low, high] = std::minmax_element(points.begin(), points.end(), by_loss);
  result.low = std::min(0.0, low->loss);
  result.high = std::max(high->loss, result.low + 1e-9);
  result.first = points.front().step;
  result.last = std::max(points.back().step, result.first + 1);
  return result;
}

/// Mean loss of each column; where none falls into one, that before.
std::vector<double> means(const std::vector<loss_point>& points,
                          const axes& at) {
  std::vector<double> sums(columns);
  std::vector<std::size_t> counts(columns);
  for (const auto& x : points) {
    auto i = std::min<std::uint64_t>(
      (x.step - at.first) * columns / (at.last - at.first), columns - 1);
    sums[i] += x.loss;
    ++counts[i];
  }
  auto before = points.front().loss;
  for (std::size_t i = 0; i < columns; ++i) {
    if (counts[i] > 0)
      before = sums[i] / static_cast<double>(counts[i]);
    sums[i] = before;
  }
  return sums;
}

/// Eighths of a character, from none to all.
std::string_view block(int eighths) {
  constexpr std::array<std::string_view, 9> blocks{
    " ",      "\u2581", "\u2582", "\u2583", "\u2584",
    "\u2585", "\u2586", "\u2587", "\u2588"};
  return blocks[static_cast<std::size_t>(std::clamp(eighths, 0, 8))];
}

std::string number(double x) {
  return std::fabs(x) >= 1e-3 || x == 0 ? fmt::format("{:.4g}", x)
                                        : fmt::format("{:.1e}", x);
}

/// A step of 1, 2 or 5 times a power of ten that gives a few marks.
double tick_distance(double span) {
  auto rough = span / ticks;
  auto power = std::pow(10, std::floor(std::log10(rough)));
  for (auto factor : {1.0, 2.0, 5.0})
    if (rough <= factor * power)
      return factor * power;
  return 10 * power;
}

class svg_writer {
public:
  explicit svg_writer(const std::vector<loss_point>& points)
    : points_(points), at_(axes_of(points)) {
    // nop
  }

  std::string write() {
    out_ = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" font-size=\"13\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      width, height);
    text(width / 2, 24, "middle", "training loss");
    text(width / 2, height - 10, "middle", "step");
    grid();
    curve();
    return out_ + "</svg>\n";
  }

private:
  [[nodiscard]] double x_of(double step) const {
    auto span = static_cast<double>(at_.last - at_.first);
    return left
           + (step - static_cast<double>(at_.first)) / span
               * (width - left - right);
  }

  [[nodiscard]] double y_of(double loss) const {
    return height - bottom
           - (loss - at_.low) / (at_.high - at_.low) * (height - top - bottom);
  }

  void text(double x, double y, const char* anchor, std::string_view what) {
    out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}"
                        "</text>\n",
                        x, y, anchor, what);
  }

  void line(double x1, double y1, double x2, double y2) {
    out_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" "
                        "y2=\"{:.1f}\" stroke=\"#dddddd\"/>\n",
                        x1, y1, x2, y2);
  }

  void grid() {
    auto distance = tick_distance(at_.high - at_.low);
    for (auto i = std::ceil(at_.low / distance); i * distance <= at_.high;
         ++i) {
      line(left, y_of(i * distance), width - right, y_of(i * distance));
      text(left - 8, y_of(i * distance) + 4, "end", number(i * distance));
    }
    auto first = static_cast<double>(at_.first);
    auto last = static_cast<double>(at_.last);
    distance = std::max(1.0, tick_distance(last - first));
    for (auto i = std::ceil(first / distance); i * distance <= last; ++i) {
      line(x_of(i * distance), top, x_of(i * distance), height - bottom);
      text(x_of(i * distance), height - bottom + 18, "middle",
           count_text(i * distance));
    }
  }

  void curve() {
    out_ += "<polyline fill=\"none\" stroke=\"#1f6fb4\" stroke-width=\"2\" "
            "points=\"";
    for (const auto& x : points_)
      out_ += fmt::format("{:.1f},{:.1f} ", x_of(static_cast<double>(x.step)),
                          y_of(x.loss));
    out_ += "\"/>\n";
  }

  const std::vector<loss_point>& points_;
  axes at_;
  std::string out_;
};

} // namespace

void loss_curve::add(std::uint64_t step, double loss) {
  if (!std::isfinite(loss))
    return;
  sum_ += loss;
  last_step_ = step;
  if (++count_ < width_)
    return;
  points_.push_back({step, sum_ / static_cast<double>(count_)});
  sum_ = 0;
  count_ = 0;
  if (points_.size() < max_points)
    return;
  for (std::size_t i = 0; i < max_points / 2; ++i)
    points_[i] = {points_[2 * i + 1].step,
                  (points_[2 * i].loss + points_[2 * i + 1].loss) / 2};
  points_.resize(max_points / 2);
  width_ *= 2;
}

std::vector<loss_point> loss_curve::points() const {
  auto result = points_;
  if (count_ > 0)
    result.push_back({last_step_, sum_ / static_cast<double>(count_)});
  return result;
}

std::string loss_plot_text(const std::vector<loss_point>& points) {
  if (points.empty())
    return {};
  auto at = axes_of(points);
  auto values = means(points, at);
  std::string result;
  for (std::size_t row = 0; row < rows; ++row) {
    auto label = row == 0          ? number(at.high)
                 : row + 1 == rows ? number(at.low)
                                   : std::string{};
    result += fmt::format("{:>9} |", label);
    std::string line;
    for (auto value : values) {
      auto share = (value - at.low) / (at.high - at.low);
      auto filled = share * rows * 8
                    - static_cast<double>((rows - 1 - row) * 8);
      line += block(static_cast<int>(std::ceil(std::clamp(filled, 0.0, 8.0))));
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + '\n';
  }
  auto first = count_text(static_cast<double>(at.first));
  return result
         + fmt::format("{:>9} +{:-<{}}\n{:>11}{}{:>{}}\n", "loss", "", columns,
                       "step ", first, count_text(static_cast<double>(at.last)),
                       columns - first.size());
}

std::string loss_plot_svg(const std::vector<loss_point>& points) {
  return points.empty() ? std::string{} : svg_writer{points}.write();
}

} // namespace ganglion::cli
