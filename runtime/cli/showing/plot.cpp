#include "runtime/cli/showing/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "runtime/cli/showing/units.hpp"

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

axes axes_of(const loss_plot& x) {
  axes result;
  const auto& points = x.training;
  result.low = 0;
  result.high = points.front().loss;
  for (const auto* part : {&x.training, &x.validation})
    for (const auto& y : *part) {
      result.low = std::min(result.low, y.loss);
      result.high = std::max(result.high, y.loss);
    }
  result.high = std::max(result.high, result.low + 1e-9);
  result.first = points.front().step;
  result.last = std::max(points.back().step, result.first + 1);
  return result;
}

/// Where a step is, of the columns of a text.
std::size_t column_of(std::uint64_t step, const axes& at) {
  auto inside = std::clamp(step, at.first, at.last);
  return std::min<std::uint64_t>(
    (inside - at.first) * columns / (at.last - at.first), columns - 1);
}

/// Mean loss of each column; where none falls into one, that before.
std::vector<double> means(const std::vector<loss_point>& points,
                          const axes& at) {
  std::vector<double> sums(columns);
  std::vector<std::size_t> counts(columns);
  for (const auto& x : points) {
    auto i = column_of(x.step, at);
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
  explicit svg_writer(const loss_plot& plot) : plot_(plot), at_(axes_of(plot)) {
    // nop
  }

  std::string write() {
    out_ = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" font-size=\"13\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      width, height);
    auto both = !plot_.validation.empty();
    text(width / 2, 24, "middle",
         both ? "loss of training (blue) and validation (orange)"
              : "training loss");
    text(width / 2, height - 10, "middle", "step");
    grid();
    curve(plot_.training, "#1f6fb4");
    if (both)
      curve(plot_.validation, "#d9730d");
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

  void curve(const std::vector<loss_point>& points, std::string_view color) {
    out_ += fmt::format("<polyline fill=\"none\" stroke=\"{}\" "
                        "stroke-width=\"2\" points=\"",
                        color);
    for (const auto& x : points)
      out_ += fmt::format("{:.1f},{:.1f} ", x_of(static_cast<double>(x.step)),
                          y_of(x.loss));
    out_ += "\"/>\n";
  }

  const loss_plot& plot_;
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

namespace {

/// The characters of a row, from the top.
std::vector<std::string_view> cells_of(const loss_plot& x, const axes& at,
                                       std::span<const double> values,
                                       std::size_t row) {
  auto filled = [&](double value) {
    auto share = (value - at.low) / (at.high - at.low);
    return share * rows * 8 - static_cast<double>((rows - 1 - row) * 8);
  };
  std::vector<std::string_view> result;
  for (auto value : values)
    result.push_back(
      block(static_cast<int>(std::ceil(std::clamp(filled(value), 0.0, 8.0)))));
  for (const auto& y : x.validation)
    if (auto eighths = filled(y.loss);
        eighths > 0 && (eighths <= 8 || (row == 0 && eighths < 9)))
      result[column_of(y.step, at)] = "o";
  return result;
}

} // namespace

std::string to_text(const loss_plot& x) {
  if (x.training.empty())
    return {};
  auto at = axes_of(x);
  auto values = means(x.training, at);
  std::string result;
  for (std::size_t row = 0; row < rows; ++row) {
    auto label = row == 0          ? number(at.high)
                 : row + 1 == rows ? number(at.low)
                                   : std::string{};
    result += fmt::format("{:>9} |", label);
    std::string line;
    for (auto cell : cells_of(x, at, values, row))
      line += cell;
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + '\n';
  }
  auto first = count_text(static_cast<double>(at.first));
  result += fmt::format(
    "{:>9} +{:-<{}}\n{:>11}{}{:>{}}\n", "loss", "", columns, "step ", first,
    count_text(static_cast<double>(at.last)), columns - first.size());
  if (!x.validation.empty())
    result += fmt::format("{:>11}o: validation\n", "");
  return result;
}

std::string to_svg(const loss_plot& x) {
  return x.training.empty() ? std::string{} : svg_writer{x}.write();
}

} // namespace ganglion::cli
