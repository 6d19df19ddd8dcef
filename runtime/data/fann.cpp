#include "runtime/data/fann.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/data/numbers.hpp"
#include "runtime/data/scaling.hpp"
#include "runtime/data/table.hpp"

namespace ganglion {

namespace {

/// Most that a first line may promise of each.
constexpr std::uint64_t most = std::uint64_t{1} << 32;

/// Samples, inputs, outputs.
using fann_sizes = std::array<std::uint64_t, 3>;

std::optional<fann_sizes> sizes_of(std::span<const table_field> line) {
  fann_sizes result{};
  if (line.size() != result.size())
    return std::nullopt;
  for (std::size_t i = 0; i < result.size(); ++i) {
    auto text = line[i].text;
    auto last = text.data() + text.size();
    auto [end, code] = std::from_chars(text.data(), last, result[i]);
    if (code != std::errc{} || end != last || result[i] == 0
        || result[i] >= most)
      return std::nullopt;
  }
  return result;
}

class fann_reader {
public:
  explicit fann_reader(table_reader in) : in_(std::move(in)) {
    // nop
  }

  caf::expected<dataset> read(const table_options& options,
                              const data_description* of) {
    if (auto err = read_sizes())
      return err;
    auto [samples, inputs, outputs] = sizes_;
    for (std::uint64_t i = 0; i < samples; ++i) {
      if (auto err = read_numbers(inputs, values_))
        return err;
      if (auto err = read_numbers(outputs, targets_))
        return err;
    }
    dataset result;
    result.name = in_.path();
    if (auto err = fill_and_scale({values_.data(), values_.size()}, inputs,
                                  options, of, result.description))
      return err;
    result.samples = tensor::copy_of(values_, samples, inputs);
    set_targets(result);
    return result;
  }

private:
  [[nodiscard]] caf::error no_fann() const {
    return make_failure(
      errc::bad_data,
      fmt::format("'{}' is not in FANN's format, which begins with the numbers "
                  "of samples, inputs and outputs: name a table FILE.csv",
                  printable_path(in_.path())));
  }

  caf::error read_sizes() {
    auto more = in_.next();
    if (!more)
      return more.error();
    auto found = sizes_of(in_.fields());
    if (!found)
      return no_fann();
    sizes_ = *found;
    next_ = in_.fields().size();
    return {};
  }

  caf::error read_numbers(std::uint64_t count, std::vector<float>& to) {
    for (std::uint64_t i = 0; i < count; ++i) {
      while (next_ >= in_.fields().size()) {
        auto more = in_.next();
        if (!more)
          return more.error();
        if (!*more)
          return make_failure(
            errc::bad_data, fmt::format("'{}' ends before the {} samples that "
                                        "its first line promises",
                                        printable_path(in_.path()), sizes_[0]));
        next_ = 0;
      }
      const auto& field = in_.fields()[next_++];
      auto value = parse_number(field.text, false);
      if (!value || !std::isfinite(*value))
        return in_.bad(field.column,
                       fmt::format("'{}' is no number: write one such as "
                                   "-1.5e3",
                                   printable(field.text)));
      to.push_back(*value);
    }
    return {};
  }

  /// The class of a sample, if its outputs say one.
  [[nodiscard]] std::optional<std::size_t> class_of(std::size_t sample) const {
    auto width = sizes_[2];
    std::optional<std::size_t> result;
    for (std::size_t i = 0; i < width; ++i) {
      auto x = targets_[sample * width + i];
      if (x != 0 && (x != 1 || result))
        return std::nullopt;
      if (x == 1)
        result = i;
    }
    return result;
  }

  void set_targets(dataset& out) const {
    auto [samples, inputs, outputs] = sizes_;
    std::vector<float> classes;
    for (std::size_t i = 0; outputs > 1 && i < samples; ++i) {
      auto found = class_of(i);
      if (!found)
        break;
      classes.push_back(static_cast<float>(*found));
    }
    if (classes.size() == samples) {
      out.classes = outputs;
      out.labels = tensor::copy_of(classes, samples, 1);
    } else {
      out.values = outputs;
      out.labels = tensor::copy_of(targets_, samples, outputs);
    }
  }

  table_reader in_;
  fann_sizes sizes_{};
  /// Of the record's fields.
  std::size_t next_ = 0;
  std::vector<float> values_;
  std::vector<float> targets_;
};

} // namespace

caf::expected<dataset> read_fann(const std::string& path,
                                 const table_options& options,
                                 const data_description* of) {
  auto in = table_reader::open(path);
  if (!in)
    return in.error();
  return fann_reader{std::move(*in)}.read(options, of);
}

bool is_fann(const std::string& path) {
  auto in = table_reader::open(path);
  if (!in)
    return false;
  auto more = in->next();
  return more && *more && in->separator() == ' ' && sizes_of(in->fields());
}

} // namespace ganglion
