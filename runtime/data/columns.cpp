#include "runtime/data/columns.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/data/numbers.hpp"

namespace ganglion {

namespace {

using field_texts = std::vector<std::string>;

/// Columns that an error lists.
constexpr std::size_t most_listed = 12;

caf::error bad_columns(std::string text) {
  return make_failure(errc::bad_data, std::move(text));
}

std::optional<std::uint64_t> whole(std::string_view text) {
  std::uint64_t result = 0;
  auto last = text.data() + text.size();
  auto [end, code] = std::from_chars(text.data(), last, result);
  return code == std::errc{} && end == last ? std::optional{result}
                                            : std::nullopt;
}

class planner_of_columns {
public:
  planner_of_columns(const field_texts& first, const field_texts& second,
                     const table_options& options, bool decimal_comma,
                     std::size_t inputs)
    : first_(first),
      second_(second),
      options_(options),
      decimal_comma_(decimal_comma),
      inputs_(inputs) {
    // nop
  }

  caf::expected<column_plan> make() {
    result_.width = second_.empty() ? first_.size() : second_.size();
    if (options_.header == "yes")
      take_header("");
    else if (options_.header == "auto")
      look_for_header();
    if (!result_.has_header)
      result_.width = first_.size();
    // What a model is asked about may be its features alone.
    if (inputs_ == 0 || result_.width - indexes() != inputs_) {
      if (auto err = find_targets())
        return err;
      if (auto err = find_label())
        return err;
    }
    find_features();
    if (result_.features.empty())
      return bad_columns(
        "1 field, but a feature and a label are the least: separate fields by "
        "commas, semicolons, tabs or blanks");
    return std::move(result_);
  }

private:
  [[nodiscard]] bool is_number(const std::string& x) const {
    return parse_number(x, decimal_comma_).has_value();
  }

  void take_header(std::string note) {
    result_.has_header = true;
    result_.note = std::move(note);
    result_.names = first_;
    // R's write.table names no column for the names of its rows.
    if (!second_.empty() && first_.size() + 1 == second_.size())
      result_.names.insert(result_.names.begin(), std::string{});
  }

  void look_for_header() {
    if (is_of_scikit_learn())
      return;
    auto numbers = std::count_if(first_.begin(), first_.end(),
                                 [&](const auto& x) { return is_number(x); });
    auto named = std::count_if(
      first_.begin(), first_.end(),
      [&](const auto& x) { return !is_number(x) && !is_missing(x); });
    // A sample has a number, unless all of it is missing; names of columns
    // could be numbers only where they are counted.
    auto label_alone = numbers == 0 && named == 1 && first_.size() > 2;
    if (numbers == 0 && named > 0 && !label_alone)
      take_header("");
    else if (is_counted())
      take_header("its first line is taken for names of columns, since it "
                  "counts them: say --header no if it is a sample");
  }

  /// "150,4,setosa,versicolor,virginica": samples, features, classes.
  bool is_of_scikit_learn() {
    if (first_.size() < 3 || second_.empty())
      return false;
    auto samples = whole(first_[0]);
    auto features = whole(first_[1]);
    auto is_name = [&](const auto& x) { return !is_number(x) && !x.empty(); };
    if (!samples || !features || *features + 1 != second_.size()
        || !std::all_of(first_.begin() + 2, first_.end(), is_name))
      return false;
    result_.has_header = true;
    result_.samples = *samples;
    result_.class_names.assign(first_.begin() + 2, first_.end());
    return true;
  }

  /// "0,1,kind", as pandas names columns that have no names.
  [[nodiscard]] bool is_counted() const {
    if (second_.size() != first_.size() || first_.size() < 3)
      return false;
    std::uint64_t next = 0;
    std::size_t others = 0;
    for (const auto& x : first_) {
      if (auto number = whole(x); number && *number == next)
        ++next;
      else if (!is_number(x) && !x.empty())
        ++others;
      else
        return false;
    }
    return next >= 2 && others == 1;
  }

  /// By name, or by number from 1.
  caf::expected<std::size_t> column(std::string_view option,
                                    std::string_view wanted) const {
    const auto& names = result_.names;
    auto i = std::find(names.begin(), names.end(), wanted);
    if (i != names.end())
      return static_cast<std::size_t>(i - names.begin());
    auto number = whole(wanted);
    if (number && *number >= 1 && *number <= result_.width)
      return static_cast<std::size_t>(*number - 1);
    field_texts there;
    for (const auto& x : names)
      if (there.size() < most_listed)
        there.push_back(fmt::format("'{}'", printable(x)));
    return bad_columns(fmt::format(
      "{} '{}': there is no such column; there are {}{}", option,
      printable(wanted),
      there.empty() ? fmt::format("{}, without names", result_.width)
                    : fmt::format("{}", fmt::join(there, ", ")),
      names.size() > there.size() ? ", ..." : ""));
  }

  caf::error find_targets() {
    std::string_view rest{options_.targets};
    while (!rest.empty()) {
      auto end = std::min(rest.find(','), rest.size());
      auto found = column("--targets", rest.substr(0, end));
      if (!found)
        return found.error();
      auto& all = result_.targets;
      if (std::find(all.begin(), all.end(), *found) != all.end())
        return bad_columns(fmt::format("--targets names '{}' twice",
                                       printable(rest.substr(0, end))));
      all.push_back(*found);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return {};
  }

  caf::error find_label() {
    const auto& wanted = options_.label;
    if (!options_.targets.empty() || wanted == "none")
      return {};
    if (wanted == "last" || wanted == "first") {
      result_.label = wanted == "last" ? result_.width - 1 : indexes();
      return {};
    }
    auto found = column("--label", wanted);
    if (!found)
      return found.error();
    result_.label = *found;
    return {};
  }

  /// 1 where the first column only counts or names the records.
  [[nodiscard]] std::size_t indexes() const {
    auto is_index = [](const std::string& x) {
      return x.empty() || x == "Unnamed: 0";
    };
    return !result_.names.empty() && result_.width > 1
               && is_index(result_.names.front())
             ? 1
             : 0;
  }

  void find_features() {
    if (indexes() == 1 && result_.note.empty())
      result_.note = "its first column has no name and is left out, as one "
                     "that numbers the samples";
    const auto& targets = result_.targets;
    for (auto i = indexes(); i < result_.width; ++i)
      if (i != result_.label
          && std::find(targets.begin(), targets.end(), i) == targets.end())
        result_.features.push_back(i);
  }

  const field_texts& first_;
  const field_texts& second_;
  const table_options& options_;
  bool decimal_comma_;
  std::size_t inputs_;
  column_plan result_;
};

} // namespace

caf::error table_options::check() const {
  auto known = [](std::string_view option, const std::string& value,
                  std::initializer_list<std::string_view> words) -> caf::error {
    if (std::find(words.begin(), words.end(), value) != words.end())
      return {};
    return make_failure(errc::bad_argument,
                        fmt::format("{} '{}': expected {}", option,
                                    printable(value), fmt::join(words, ", ")));
  };
  if (auto err = known("--header", header, {"auto", "yes", "no"}))
    return err;
  if (auto err = known("--missing", missing, {"refuse", "drop", "mean"}))
    return err;
  if (label.empty())
    return make_failure(errc::bad_argument,
                        "--label '': give last, first, none, or a column's "
                        "name or number");
  return {};
}

caf::expected<column_plan> plan_columns(const std::vector<std::string>& first,
                                        const std::vector<std::string>& second,
                                        const table_options& options,
                                        bool decimal_comma,
                                        std::size_t inputs) {
  return planner_of_columns{first, second, options, decimal_comma, inputs}
    .make();
}

} // namespace ganglion
