#include "runtime/cli/showing/predictions.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "actors/kernel/loss.hpp"
#include "metadata/error.hpp"
#include "metadata/values/not_finite.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/model_store/files/writable_file.hpp"

namespace ganglion::cli {

namespace {

/// A field of CSV, quoted where it has to be.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos)
    return text;
  std::string result{"\""};
  for (auto x : text) {
    result += x;
    if (x == '"')
      result += x;
  }
  return result + "\"";
}

std::string name_or_number(const dataset& data, std::uint64_t number) {
  return number < data.class_names.size() ? data.class_names[number]
                                          : fmt::format("{}", number);
}

/// By name, or as a number.
nlohmann::json class_json(const dataset& data, std::uint64_t number) {
  if (number < data.class_names.size())
    return data.class_names[number];
  return number;
}

std::string csv_line(const dataset& data, std::size_t sample,
                     std::span<const float> outputs,
                     const prediction_format& format) {
  auto result = fmt::format("{}", sample);
  if (data.labelled())
    for (auto x : data.labels.row(sample))
      result += ","
                + (data.values > 0 ? fmt::format("{}", x)
                                   : csv_field(name_or_number(
                                     data, static_cast<std::uint64_t>(x))));
  if (data.values == 0)
    result += "," + csv_field(name_or_number(data, argmax(outputs)));
  if (format.probabilities && data.values == 0)
    for (auto x : probabilities_of(outputs))
      result += fmt::format(",{:.6g}", x);
  if (format.outputs || data.values > 0)
    for (auto x : outputs)
      result += fmt::format(",{}", x);
  return result + "\n";
}

/// JSON has no word for what is no number.
template <class Numbers>
nlohmann::json numbers_json(const Numbers& numbers) {
  auto result = nlohmann::json::array();
  for (auto x : numbers)
    result.push_back(std::isfinite(x) ? nlohmann::json(shortest(x))
                                      : nlohmann::json(nullptr));
  return result;
}

std::string json_line(const dataset& data, std::size_t sample,
                      std::span<const float> outputs,
                      const prediction_format& format) {
  nlohmann::ordered_json result;
  result["sample"] = sample;
  if (data.values > 0) {
    if (data.labelled())
      result["targets"] = numbers_json(data.labels.row(sample));
    result["predicted"] = numbers_json(outputs);
    return json_text(result) + "\n";
  }
  if (data.labelled())
    result["label"] = class_json(
      data, static_cast<std::uint64_t>(data.labels.row(sample)[0]));
  result["predicted"] = class_json(data, argmax(outputs));
  if (format.probabilities)
    result["probabilities"] = numbers_json(probabilities_of(outputs));
  if (format.outputs)
    result["outputs"] = numbers_json(outputs);
  return json_text(result) + "\n";
}

} // namespace

std::vector<double> probabilities_of(std::span<const float> outputs) {
  std::vector<double> result;
  auto largest = *std::max_element(outputs.begin(), outputs.end());
  double sum = 0;
  for (auto x : outputs) {
    result.push_back(std::exp(double{x} - largest));
    sum += result.back();
  }
  for (auto& x : result)
    x = one_nan(x / sum);
  return result;
}

caf::expected<std::unique_ptr<prediction_file>>
prediction_file::make(const std::string& path, prediction_format format) {
  std::unique_ptr<prediction_file> result{new prediction_file{format}};
  if (path.empty())
    return result;
  auto out = writable_file::open(path);
  if (!out)
    return out.error();
  result->out_.emplace(std::move(*out));
  return result;
}

void prediction_file::write(std::string_view text) {
  if (!failure_)
    failure_ = out_->write(text);
}

void prediction_file::add_names(const dataset& data, std::size_t outputs) {
  std::string line{"sample"};
  auto name = [](const std::vector<std::string>& names, std::size_t i) {
    return i < names.size() ? names[i] : fmt::format("{}", i);
  };
  const auto& targets = data.description.target_names;
  for (std::size_t i = 0; data.labelled() && i < data.values; ++i)
    line += "," + csv_field("target_" + name(targets, i));
  for (std::size_t i = 0; i < data.values; ++i)
    line += "," + csv_field("predicted_" + name(targets, i));
  if (data.values == 0)
    line += data.labelled() ? ",label,predicted" : ",predicted";
  if (format_.probabilities && data.values == 0)
    for (std::size_t i = 0; i < outputs; ++i)
      line += "," + csv_field("probability_" + name(data.class_names, i));
  if (format_.outputs && data.values == 0)
    for (std::size_t i = 0; i < outputs; ++i)
      line += fmt::format(",output_{}", i);
  write(line + "\n");
}

void prediction_file::add(const dataset& data, std::size_t first,
                          const tensor& outputs) {
  if (!out_)
    return;
  if (first == 0 && !format_.json)
    add_names(data, outputs.columns());
  for (std::size_t r = 0; r < outputs.rows(); ++r)
    write(format_.json ? json_line(data, first + r, outputs.row(r), format_)
                       : csv_line(data, first + r, outputs.row(r), format_));
}

caf::error prediction_file::finish() {
  if (!out_ || failure_)
    return failure_;
  return out_->finish();
}

} // namespace ganglion::cli
