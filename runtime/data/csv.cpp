#include "runtime/data/csv.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/data/columns.hpp"
#include "runtime/data/labels.hpp"
#include "runtime/data/numbers.hpp"
#include "runtime/data/scaling.hpp"
#include "runtime/data/table.hpp"

namespace ganglion {

namespace {

constexpr float no_value = std::numeric_limits<float>::quiet_NaN();

std::vector<std::string> copy_of_record(const table_reader& from) {
  std::vector<std::string> result;
  for (const auto& x : from.fields())
    result.emplace_back(x.text);
  return result;
}

/// Tables with semicolons have decimal commas where they were written so.
bool has_decimal_comma(char separator) {
  return separator == ';' || separator == '\t';
}

class csv_reader {
public:
  csv_reader(table_reader in, const table_options& options,
             const model_data* of)
    : in_(std::move(in)),
      options_(options),
      of_(of),
      labels_(of ? of->description.class_names : std::vector<std::string>{}) {
    // nop
  }

  caf::expected<dataset> read() {
    if (auto err = look_at_columns())
      return err;
    // The first records were read to find out, and are read again.
    auto again = table_reader::open(in_.path());
    if (!again)
      return again.error();
    in_ = std::move(*again);
    for (bool first = true;; first = false) {
      auto more = in_.next();
      if (!more)
        return more.error();
      if (!*more)
        return finish();
      if (first && plan_.has_header)
        continue;
      if (auto err = add_record())
        return err;
    }
  }

private:
  caf::error look_at_columns() {
    std::vector<std::vector<std::string>> records(2);
    for (auto& x : records) {
      auto more = in_.next();
      if (!more)
        return more.error();
      if (*more)
        x = copy_of_record(in_);
    }
    if (records[0].empty())
      return no_samples();
    decimal_comma_ = has_decimal_comma(in_.separator());
    auto plan = plan_columns(records[0], records[1], options_, decimal_comma_,
                             of_ ? of_->inputs : 0);
    if (!plan)
      return make_failure(errc::bad_data,
                          fmt::format("{}: {}", printable_path(in_.path()),
                                      explain(plan.error())));
    plan_ = std::move(*plan);
    if (!plan_.class_names.empty() && (!of_ || !labels_.has_names()))
      labels_.name_numbers(plan_.class_names);
    return {};
  }

  [[nodiscard]] caf::error no_samples() const {
    return make_failure(errc::bad_data,
                        fmt::format("'{}' has no samples: write one per line, "
                                    "its label last",
                                    printable_path(in_.path())));
  }

  caf::error add_record() {
    auto fields = in_.fields();
    if (fields.size() != plan_.width)
      return bad_width(fields);
    auto begin = values_.size();
    auto complete = true;
    for (auto i : plan_.features)
      if (auto err = add_number(fields[i], i, values_, complete))
        return err;
    if (auto err = add_answer(fields, complete))
      return err;
    if (complete || options_.missing == "mean")
      return {};
    values_.resize(begin);
    ++dropped_;
    return {};
  }

  caf::error add_answer(std::span<const table_field> fields, bool& complete) {
    for (auto i : plan_.targets) {
      auto there = true;
      if (auto err = add_number(fields[i], i, targets_, there))
        return err;
      // What is to be learned cannot be made up.
      if (!there && options_.missing == "mean")
        return in_.bad(fields[i].column, "the target is missing: only features "
                                         "can be replaced by their mean");
      complete = complete && there;
    }
    if (!plan_.targets.empty() && !complete && options_.missing == "drop")
      targets_.resize(targets_.size() - plan_.targets.size());
    if (!plan_.label)
      return {};
    const auto& field = fields[*plan_.label];
    if (is_missing(field.text) && options_.missing == "drop")
      complete = false;
    if (!complete && options_.missing == "drop")
      return {};
    if (field.text.empty())
      return in_.bad(field.column, "the label is missing: write a class number "
                                   "or a name");
    auto err = labels_.add(field.text,
                           parse_number(field.text, decimal_comma_));
    return err ? in_.bad(field.column, explain(err)) : caf::error{};
  }

  caf::error bad_width(std::span<const table_field> fields) const {
    auto at = fields[std::min(fields.size() - 1, plan_.width)].column;
    return in_.bad(
      at, fmt::format("{} fields, but the {} has {}: write as many in "
                      "every line",
                      fields.size(), plan_.has_header ? "header" : "first line",
                      plan_.width));
  }

  caf::error add_number(const table_field& x, std::size_t column,
                        std::vector<float>& to, bool& complete) {
    auto value = parse_number(x.text, decimal_comma_);
    if (value && std::isfinite(*value)) {
      to.push_back(*value);
      return {};
    }
    auto name = plan_.names.empty()
                  ? std::string{}
                  : fmt::format(" in column '{}'",
                                printable(plan_.names[column]));
    if (value)
      return in_.bad(x.column, fmt::format("'{}'{} is out of the range of a "
                                           "float: replace it",
                                           printable(x.text), name));
    if (!is_missing(x.text))
      return in_.bad(x.column,
                     fmt::format("'{}'{} is no number: write one such as "
                                 "-1.5e3{}",
                                 printable(x.text), name, hint_at_header()));
    if (options_.missing == "refuse")
      return in_.bad(x.column,
                     fmt::format("a value is missing{}: fill it in, or "
                                 "say --missing drop, or mean",
                                 name));
    to.push_back(no_value);
    complete = false;
    return {};
  }

  /// The first record may have been meant as one.
  [[nodiscard]] std::string hint_at_header() const {
    return in_.line() == 1 && !plan_.has_header && options_.header == "auto"
             ? "; or say --header yes, if this line names the columns"
             : "";
  }

  caf::expected<dataset> finish() {
    auto width = plan_.features.size();
    auto count = values_.size() / width;
    if (count == 0)
      return no_samples();
    if (count > UINT32_MAX)
      return make_failure(errc::bad_data,
                          fmt::format("'{}' has {} samples: use at most {}",
                                      printable_path(in_.path()), count,
                                      UINT32_MAX));
    dataset result;
    result.name = in_.path();
    if (!plan_.note.empty())
      result.notes.push_back(plan_.note);
    if (dropped_ > 0)
      result.notes.push_back(
        fmt::format("{} samples with a missing value are left out", dropped_));
    describe(result.description);
    if (auto err = fill_and_scale({values_.data(), values_.size()}, width,
                                  options_, of_ ? &of_->description : nullptr,
                                  result.description))
      return err;
    result.samples = tensor::copy_of(values_, count, width);
    if (auto err = finish_answers(count, result))
      return err;
    return result;
  }

  caf::error finish_answers(std::uint64_t count, dataset& out) {
    if (!plan_.targets.empty()) {
      out.values = plan_.targets.size();
      out.labels = tensor::copy_of(targets_, count, out.values);
      return {};
    }
    if (!plan_.label)
      return {};
    auto labels = labels_.finish();
    if (!labels)
      return make_failure(errc::bad_data,
                          fmt::format("{}: {}", printable_path(in_.path()),
                                      explain(labels.error())));
    out.labels = tensor::copy_of(labels->numbers, count, 1);
    out.classes = labels->classes;
    out.class_names = labels->names;
    out.description.class_names = labels->names;
    return {};
  }

  void describe(data_description& out) const {
    out.label = options_.label;
    out.targets = options_.targets;
    out.header = options_.header;
    out.missing = options_.missing;
    if (plan_.names.empty())
      return;
    for (auto i : plan_.features)
      out.feature_names.push_back(printable(plan_.names[i], max_name));
    for (auto i : plan_.targets)
      out.target_names.push_back(printable(plan_.names[i], max_name));
  }

  table_reader in_;
  const table_options& options_;
  const model_data* of_;
  bool decimal_comma_ = false;
  column_plan plan_;
  std::vector<float> values_;
  std::vector<float> targets_;
  label_collection labels_;
  std::uint64_t dropped_ = 0;
};

/// Columns that have the names that the model's have are those, wherever they
/// are; others have no business there.
caf::error check_names(const dataset& x, const model_data& of) {
  const auto& wanted = of.description.feature_names;
  const auto& found = x.description.feature_names;
  if (wanted.empty() || found.empty() || found == wanted)
    return {};
  for (std::size_t i = 0; i < std::min(wanted.size(), found.size()); ++i)
    if (wanted[i] != found[i])
      return make_failure(
        errc::bad_data,
        fmt::format("'{}': column '{}' is where the model was trained with "
                    "'{}': bring the columns into the order that they had",
                    printable_path(x.name), printable(found[i]),
                    printable(wanted[i])));
  return {};
}

} // namespace

caf::expected<dataset> read_csv(const std::string& path,
                                const table_options& options,
                                const model_data* of) {
  if (auto err = options.check())
    return err;
  auto in = table_reader::open(path);
  if (!in)
    return in.error();
  auto result = csv_reader{std::move(*in), options, of}.read();
  if (result && of)
    if (auto err = check_names(*result, *of))
      return err;
  return result;
}

} // namespace ganglion
