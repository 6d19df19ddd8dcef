#include "runtime/engine/collected.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

void copy_rows(matrix& to, std::uint64_t first_row, const tensor& from) {
  for (std::size_t r = 0; r < from.rows(); ++r)
    std::copy_n(from.row(r).data(), from.columns(),
                to.row(first_row + r).data());
}

} // namespace

void row_collection::add(const parameter_slice& x) {
  auto row = x.range.first - range_.first;
  arrays_.resize(1 + x.state.size());
  for (auto& array : arrays_)
    if (array.size() == 0)
      array = matrix{range_.count, columns_};
  copy_rows(arrays_.front(), row, x.weights);
  for (std::size_t i = 0; i < x.state.size(); ++i)
    copy_rows(arrays_[i + 1], row, x.state[i]);
}

parameters row_collection::finish(std::uint64_t step) {
  parameters result{range_, std::move(arrays_.front()).freeze(), {}, step};
  for (std::size_t i = 1; i < arrays_.size(); ++i)
    result.state.push_back(std::move(arrays_[i]).freeze());
  return result;
}

void output_collection::add(const output_slice& x) {
  if (outputs_.size() == 0)
    outputs_ = matrix{x.values.rows(), range_.count * values_};
  if (x.values.rows() == outputs_.rows())
    outputs_.assign_columns((x.range.first - range_.first) * values_, x.values);
  else
    odd_ = make_failure(
      errc::protocol,
      {fmt::format("neurons {} kept outputs of {} samples, others of {}",
                   to_string(x.range), x.values.rows(), outputs_.rows()),
       {x.range},
       {},
       {}});
}

kept_outputs output_collection::finish() {
  return {range_, std::move(outputs_).freeze()};
}

} // namespace ganglion
