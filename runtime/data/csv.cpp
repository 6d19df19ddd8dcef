#include "runtime/data/csv.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <map>
#include <system_error>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/input.hpp"
#include "metadata/names.hpp"

namespace ganglion {

namespace {

/// A field without spaces and quotes around it, and its column from 1.
struct csv_field {
  std::string_view text;
  std::size_t column = 1;
};

enum class label_style { unknown, numbers, names };

/// What an error shows of a field.
constexpr std::size_t shown = 60;

constexpr std::string_view spaces = " \t\r";

void trim(csv_field& field) {
  auto& text = field.text;
  auto first = std::min(text.find_first_not_of(spaces), text.size());
  text.remove_prefix(first);
  field.column += first;
  text = text.substr(0, text.find_last_not_of(spaces) + 1);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
    ++field.column;
  }
}

/// None where the text is no number. Numbers too small for a float become 0;
/// what is out of the range of a double as well becomes infinite.
std::optional<float> parse_float(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-')
    text.remove_prefix(1);
  auto end = text.data() + text.size();
  float result = 0;
  auto [stop, ec] = std::from_chars(text.data(), end, result);
  if (stop != end || ec == std::errc::invalid_argument)
    return std::nullopt;
  if (ec == std::errc::result_out_of_range) {
    double wide = 0;
    auto fits = std::from_chars(text.data(), end, wide).ec == std::errc{};
    return fits ? static_cast<float>(wide) : HUGE_VALF;
  }
  return result;
}

char separator_of(std::string_view line) {
  for (auto x : {';', '\t'})
    if (line.find(x) != std::string_view::npos)
      return x;
  return ',';
}

class csv_reader {
public:
  explicit csv_reader(const std::string& path) : path_(path) {
    // nop
  }

  caf::error add_line(std::string_view line);

  caf::expected<dataset> finish();

private:
  caf::error bad(std::size_t column, std::string_view what) const {
    return make_failure(
      errc::bad_data, fmt::format("{}:{}:{}: {}", path_, line_, column, what));
  }

  void split(std::string_view line);

  /// Takes from the first line what it tells about the others.
  caf::error begin();

  caf::error add_sample();

  caf::error add_label(const csv_field& field);

  caf::expected<std::uint32_t> class_number(const csv_field& field) const;

  /// By order of appearance, as the sorted order is known only at the end.
  caf::expected<std::uint32_t> number_of_name(const csv_field& field);

  [[nodiscard]] bool is_header() const;

  /// Numbers the names in sorted order.
  std::vector<std::string> sort_names();

  const std::string& path_;
  std::size_t line_ = 0;
  char separator_ = 0;
  /// Fields per line, the label included; 0 before the first line.
  std::size_t width_ = 0;
  std::vector<csv_field> fields_;
  std::vector<float> values_;
  std::vector<float> labels_;
  label_style style_ = label_style::unknown;
  /// By name, in order of appearance.
  std::map<std::string, std::uint32_t, std::less<>> names_;
};

caf::error csv_reader::add_line(std::string_view line) {
  ++line_;
  if (line_ == 1 && line.starts_with("\xef\xbb\xbf"))
    line.remove_prefix(3);
  if (line.find_first_not_of(spaces) == std::string_view::npos)
    return {};
  auto first = width_ == 0;
  if (first)
    separator_ = separator_of(line);
  split(line);
  if (first) {
    if (auto err = begin())
      return err;
    if (is_header())
      return {};
  }
  return add_sample();
}

void csv_reader::split(std::string_view line) {
  fields_.clear();
  for (std::size_t begin = 0;;) {
    auto end = std::min(line.find(separator_, begin), line.size());
    csv_field field{line.substr(begin, end - begin), begin + 1};
    trim(field);
    fields_.push_back(field);
    if (end == line.size())
      return;
    begin = end + 1;
  }
}

caf::error csv_reader::begin() {
  if (fields_.size() < 2)
    return bad(1, "1 field, but a feature and a label are the least: separate "
                  "fields by commas, semicolons or tabs");
  width_ = fields_.size();
  return {};
}

bool csv_reader::is_header() const {
  return std::all_of(fields_.begin(), fields_.end() - 1, [](const auto& x) {
    return !x.text.empty() && !parse_float(x.text);
  });
}

caf::error csv_reader::add_sample() {
  if (fields_.size() != width_) {
    auto at = fields_[std::min(fields_.size() - 1, width_)].column;
    return bad(at, fmt::format("{} fields, but the first line has {}: write as "
                               "many in every line",
                               fields_.size(), width_));
  }
  for (std::size_t i = 0; i + 1 < width_; ++i) {
    auto [text, column] = fields_[i];
    auto value = parse_float(text);
    if (!value)
      return bad(column, fmt::format("'{}' is no number: write one such as "
                                     "-1.5e3",
                                     printable(text, shown)));
    if (!std::isfinite(*value))
      return bad(column,
                 fmt::format("'{}' is NaN, infinite or out of the range "
                             "of a float: replace it",
                             printable(text, shown)));
    values_.push_back(*value);
  }
  return add_label(fields_.back());
}

caf::error csv_reader::add_label(const csv_field& field) {
  auto [text, column] = field;
  if (text.empty())
    return bad(column, "the label is missing: write a class number or a name");
  auto style = parse_float(text) ? label_style::numbers : label_style::names;
  if (style_ == label_style::unknown)
    style_ = style;
  if (style != style_)
    return bad(column,
               fmt::format("label '{}' is a {}, but those before are "
                           "{}: write only numbers or only names",
                           printable(text, shown),
                           style == label_style::names ? "name" : "number",
                           style_ == label_style::names ? "names" : "numbers"));
  auto number = style == label_style::names ? number_of_name(field)
                                            : class_number(field);
  if (!number)
    return number.error();
  labels_.push_back(static_cast<float>(*number));
  return {};
}

caf::expected<std::uint32_t>
csv_reader::class_number(const csv_field& field) const {
  std::uint32_t result = 0;
  auto end = field.text.data() + field.text.size();
  auto [stop, ec] = std::from_chars(field.text.data(), end, result);
  if (ec != std::errc{} || stop != end || result >= max_classes)
    return bad(field.column,
               fmt::format("label '{}' is no class number: write a whole "
                           "number from 0 to {}, or names",
                           printable(field.text, shown), max_classes - 1));
  return result;
}

caf::expected<std::uint32_t>
csv_reader::number_of_name(const csv_field& field) {
  auto next = static_cast<std::uint32_t>(names_.size());
  auto result = names_.try_emplace(std::string{field.text}, next).first->second;
  if (result >= max_classes)
    return bad(field.column,
               fmt::format("label '{}' is one name too many: use at most {} "
                           "classes",
                           printable(field.text, shown), max_classes));
  return result;
}

std::vector<std::string> csv_reader::sort_names() {
  std::vector<std::string> result;
  std::vector<float> numbers(names_.size());
  for (const auto& [name, appeared] : names_) {
    numbers[appeared] = static_cast<float>(result.size());
    result.push_back(name);
  }
  if (!result.empty())
    for (auto& label : labels_)
      label = numbers[static_cast<std::size_t>(label)];
  return result;
}

caf::expected<dataset> csv_reader::finish() {
  if (labels_.empty())
    return make_failure(errc::bad_data,
                        fmt::format("'{}' has no samples: write one per line, "
                                    "its label last",
                                    path_));
  if (labels_.size() > UINT32_MAX)
    return make_failure(errc::bad_data,
                        fmt::format("'{}' has {} samples: use at most {}",
                                    path_, labels_.size(), UINT32_MAX));
  dataset result;
  result.name = path_;
  result.class_names = sort_names();
  auto largest = *std::max_element(labels_.begin(), labels_.end());
  result.classes = static_cast<std::uint64_t>(largest) + 1;
  result.samples = tensor::copy_of(values_, labels_.size(), width_ - 1);
  result.labels = tensor::copy_of(labels_, labels_.size(), 1);
  return result;
}

} // namespace

caf::expected<dataset> read_csv(const std::string& path) {
  auto in = open_input(path, errc::bad_data);
  if (!in)
    return in.error();
  errno = 0;
  csv_reader reader{path};
  std::string line;
  while (std::getline(*in, line))
    if (auto err = reader.add_line(line))
      return err;
  if (in->bad())
    return make_failure(errc::bad_data,
                        fmt::format("cannot read '{}': {}: check the path and "
                                    "its permissions",
                                    path,
                                    std::generic_category().message(errno)));
  return reader.finish();
}

} // namespace ganglion
