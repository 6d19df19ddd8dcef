#include "runtime/data/labels.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/data/dataset.hpp"

namespace ganglion {

namespace {

/// Classes that an error lists.
constexpr std::size_t most_classes_shown = 12;

/// Whole numbers that are exact as floats.
constexpr float most_exact = 16'777'216;

caf::error bad_label(std::string text) {
  return make_failure(errc::bad_data, std::move(text));
}

std::string list_of(const std::vector<std::string>& names) {
  std::vector<std::string> result;
  for (const auto& x : names)
    if (result.size() < most_classes_shown)
      result.push_back(printable(x));
  return fmt::format("{}{}", fmt::join(result, ", "),
                     names.size() > result.size() ? ", ..." : "");
}

} // namespace

label_collection::label_collection(std::vector<std::string> known)
  : names_(std::move(known)), by_name_(!names_.empty()) {
  for (std::uint32_t i = 0; i < names_.size(); ++i)
    places_.emplace(names_[i], i);
}

void label_collection::name_numbers(std::vector<std::string> names) {
  names_ = std::move(names);
}

caf::error label_collection::add(std::string_view text,
                                 std::optional<float> number) {
  if (by_name_)
    return add_known(text, number);
  if (!number)
    return add_name(text);
  if (auto err = check_style(text, style::numbers))
    return err;
  auto x = *number;
  auto most = static_cast<float>(names_.empty() ? max_classes : names_.size());
  if (x != std::floor(x) || std::fabs(x) > most_exact || x >= most)
    return bad_label(
      fmt::format("label '{}' is no class number: write a whole number from 0 "
                  "to {}, or names; values to be learned are --targets",
                  printable(text), most - 1));
  negative_ = negative_ || x < 0;
  numbers_.push_back(x);
  return {};
}

caf::error label_collection::add_known(std::string_view text,
                                       std::optional<float> number) {
  auto found = places_.find(text);
  // 1.0 where the model has 1.
  if (found == places_.end() && number && *number == std::floor(*number))
    found = places_.find(fmt::format("{:.0f}", *number));
  if (found == places_.end())
    return bad_label(fmt::format("label '{}' is none of the classes of the "
                                 "model, which are {}",
                                 printable(text), list_of(names_)));
  numbers_.push_back(static_cast<float>(found->second));
  return {};
}

caf::error label_collection::add_name(std::string_view text) {
  if (auto err = check_style(text, style::names))
    return err;
  auto next = static_cast<std::uint32_t>(places_.size());
  auto number = places_.try_emplace(std::string{text}, next).first->second;
  if (number >= max_classes)
    return bad_label(fmt::format("label '{}' is one name too many: use at most "
                                 "{} classes",
                                 printable(text), max_classes));
  numbers_.push_back(static_cast<float>(number));
  return {};
}

caf::error label_collection::check_style(std::string_view text, style of) {
  if (style_ == style::unknown)
    style_ = of;
  if (style_ == of)
    return {};
  return bad_label(fmt::format("label '{}' is a {}, but those before are {}: "
                               "write only numbers or only names",
                               printable(text),
                               of == style::names ? "name" : "number",
                               style_ == style::names ? "names" : "numbers"));
}

caf::expected<label_collection::result> label_collection::finish() const {
  if (by_name_)
    return result{numbers_, names_.size(), names_};
  if (style_ == style::names)
    return finish_names();
  if (negative_)
    return finish_negative();
  auto largest = *std::max_element(numbers_.begin(), numbers_.end());
  return result{numbers_,
                std::max(static_cast<std::uint64_t>(largest) + 1,
                         std::uint64_t{names_.size()}),
                names_};
}

/// Numbered in sorted order, which is known only now.
label_collection::result label_collection::finish_names() const {
  result out;
  std::vector<float> sorted(places_.size());
  for (const auto& [name, appeared] : places_) {
    sorted[appeared] = static_cast<float>(out.names.size());
    out.names.push_back(name);
  }
  for (auto x : numbers_)
    out.numbers.push_back(sorted[static_cast<std::size_t>(x)]);
  out.classes = out.names.size();
  return out;
}

/// Such as -1 and 1: the texts are names, in the order of the numbers.
label_collection::result label_collection::finish_negative() const {
  auto sorted = numbers_;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  result out;
  out.classes = sorted.size();
  for (auto x : sorted)
    out.names.push_back(fmt::format("{:.0f}", x));
  for (auto x : numbers_)
    out.numbers.push_back(static_cast<float>(
      std::lower_bound(sorted.begin(), sorted.end(), x) - sorted.begin()));
  return out;
}

} // namespace ganglion
