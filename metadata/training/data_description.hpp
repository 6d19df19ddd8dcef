// What a training learned of its data besides weights, and what anybody who
// asks the model has to know: what columns were what, which class has which
// number, how features were scaled. Plain data that belongs to a model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metadata/fields.hpp"
#include "metadata/text/declare_enum.hpp"

namespace ganglion {

enum class scaling_kind : std::uint8_t {
  none,
  /// (x - mean) / standard deviation.
  standard,
  /// (x - smallest) / (largest - smallest).
  minmax,
};

GANGLION_DECLARE_ENUM(scaling_kind)

struct data_description {
  /// As the user said, so that the same is done again: see table_options.
  std::string label = "last";
  std::string targets;
  std::string header = "auto";
  std::string missing = "refuse";
  /// One per class, in order of their numbers; none where classes are numbers.
  std::vector<std::string> class_names;
  /// One per feature, or none.
  std::vector<std::string> feature_names;
  /// One per target, of a regression; else none.
  std::vector<std::string> target_names;
  /// What stands for a missing value, one per feature, or none.
  std::vector<float> means;
  scaling_kind scaling = scaling_kind::none;
  /// One per feature, or none: a scaled feature is (x - shift) * factor.
  std::vector<float> shifts;
  std::vector<float> factors;

  friend bool operator==(const data_description&, const data_description&)
    = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"label", self.label}, field{"targets", self.targets},
                 field{"header", self.header}, field{"missing", self.missing},
                 field{"class_names", self.class_names},
                 field{"feature_names", self.feature_names},
                 field{"target_names", self.target_names},
                 field{"means", self.means}, field{"scaling", self.scaling},
                 field{"shifts", self.shifts}, field{"factors", self.factors});
  }
};

} // namespace ganglion
