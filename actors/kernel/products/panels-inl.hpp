// Panels: as many lanes of B as the kernel takes at a time, and which of its
// forms takes them. What is left over at the end of a matrix is a narrower
// panel. Compiled once for each instruction set.
#if defined(GANGLION_PANELS_INL) == defined(HWY_TARGET_TOGGLE)
#  ifdef GANGLION_PANELS_INL
#    undef GANGLION_PANELS_INL
#  else
#    define GANGLION_PANELS_INL
#  endif

#  include <algorithm>
#  include <cstddef>

#  include <hwy/highway.h>

#  include "actors/kernel/products/tile-inl.hpp"

HWY_BEFORE_NAMESPACE();

namespace ganglion {

namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using wide_tag = hn::ScalableTag<float>;
constexpr std::size_t vector_lanes = hn::MaxLanes(wide_tag{});
/// Transposes take blocks of four, so no vector has fewer lanes.
constexpr std::size_t half_lanes = vector_lanes > 4 ? vector_lanes / 2 : 4;
using half_tag = hn::CappedTag<float, half_lanes>;
constexpr std::size_t panel_lanes = 2 * vector_lanes;

struct panel {
  std::size_t first = 0;
  std::size_t count = 0;

  /// Lanes in memory: the rest of them are computed and thrown away.
  [[nodiscard]] std::size_t lanes() const {
    if (count > vector_lanes)
      return panel_lanes;
    return count > half_lanes ? vector_lanes : half_lanes;
  }

  [[nodiscard]] bool full() const {
    return count == lanes();
  }
};

inline std::size_t panel_count(std::size_t width) {
  return (width + panel_lanes - 1) / panel_lanes;
}

inline panel panel_at(std::size_t index, std::size_t width) {
  auto first = index * panel_lanes;
  return {first, std::min(panel_lanes, width - first)};
}

template <strip_form Form>
tile_function tile_for(const panel& x, std::size_t rows) {
  if (x.lanes() == panel_lanes)
    return tile_of<wide_tag, 2, Form>(rows);
  return x.lanes() == vector_lanes ? tile_of<wide_tag, 1, Form>(rows)
                                   : tile_of<half_tag, 1, Form>(rows);
}

/// Strips of about equal height, none higher than the kernel takes.
struct strips {
  explicit strips(std::size_t all)
    : rows(all), count((all + strip_rows - 1) / strip_rows) {
    // nop
  }

  [[nodiscard]] std::size_t begin(std::size_t i) const {
    return rows * i / count;
  }

  [[nodiscard]] std::size_t height(std::size_t i) const {
    return begin(i + 1) - begin(i);
  }

  std::size_t rows;
  std::size_t count;
};

} // namespace HWY_NAMESPACE

} // namespace ganglion

HWY_AFTER_NAMESPACE();

#endif
