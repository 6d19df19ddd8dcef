// Collects the labels of samples as they are written, and numbers the classes.
// One object per data set; it knows no files.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

namespace ganglion {

class label_collection {
public:
  /// `known`: the classes of a model, in order of their numbers, or none.
  explicit label_collection(std::vector<std::string> known);

  /// Labels are numbers below names.size(), and these are their names.
  void name_numbers(std::vector<std::string> names);

  [[nodiscard]] bool has_names() const noexcept {
    return !names_.empty();
  }

  /// `number`: what `text` is as a number, if it is one. Errors: bad_data,
  /// without a place: no class number, a name among numbers, a class that the
  /// model does not know, too many classes.
  caf::error add(std::string_view text, std::optional<float> number);

  struct result {
    /// One per label, from 0 on.
    std::vector<float> numbers;
    std::uint64_t classes = 0;
    /// One per class, or none.
    std::vector<std::string> names;
  };

  [[nodiscard]] caf::expected<result> finish() const;

private:
  enum class style { unknown, numbers, names };

  caf::error add_known(std::string_view text, std::optional<float> number);
  caf::error add_name(std::string_view text);
  caf::error check_style(std::string_view text, style of);
  [[nodiscard]] result finish_names() const;
  [[nodiscard]] result finish_negative() const;

  /// Of the model's classes, or as the file has them.
  std::vector<std::string> names_;
  /// Whether labels are texts that stand in names_, not numbers.
  bool by_name_ = false;
  style style_ = style::unknown;
  bool negative_ = false;
  std::vector<float> numbers_;
  /// By name, in order of appearance; of a model, by number.
  std::map<std::string, std::uint32_t, std::less<>> places_;
};

} // namespace ganglion
