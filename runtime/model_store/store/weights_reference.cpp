#include "runtime/model_store/store/weights_reference.hpp"

#include "runtime/model_store/formats/tensor_file.hpp"

namespace ganglion {

namespace {

/// No array has more values: far from overflow.
constexpr std::uint64_t most_values = std::uint64_t{1} << 56;

bool fits(std::uint64_t a, std::uint64_t b) {
  return b == 0 || a <= most_values / b;
}

std::string problem_of(const referenced_part& x, const weights_reference& all) {
  const auto& to = x.place;
  auto neurons = to.shared ? 1 : all.range.count;
  if (to.columns == 0 || to.inputs == 0 || !fits(to.rows, to.inputs)
      || !fits(to.own_rows, to.inputs) || !fits(to.own_rows, neurons)
      || !fits(all.range.count, to.columns)
      || to.columns != to.own_rows * to.inputs)
    return "a part has an impossible shape";
  if (to.first_row > to.rows || to.own_rows * neurons > to.rows - to.first_row)
    return "a part has rows that its array has not";
  if (x.file == referenced_part::none)
    return {};
  auto bytes = x.type < static_cast<std::uint8_t>(value_type::other)
                 ? size_of(static_cast<value_type>(x.type))
                 : 0;
  if (x.file >= all.files.size() || bytes == 0)
    return "a part is in no file that is known";
  auto size = to.rows * to.inputs * bytes;
  if (size > all.files[x.file].size || x.offset > all.files[x.file].size - size)
    return "an array goes on behind the end of its file";
  return {};
}

} // namespace

std::uint64_t weights_reference::columns() const {
  std::uint64_t result = 0;
  for (const auto& x : parts)
    result += x.place.columns;
  return result;
}

std::string problem_of(const weights_reference& x) {
  if (x.range.empty() || x.range.first > most_values
      || x.range.count > most_values)
    return "its neurons have impossible numbers";
  std::uint64_t columns = 0;
  for (const auto& part : x.parts) {
    if (auto problem = problem_of(part, x); !problem.empty())
      return problem;
    columns += part.place.columns;
    if (!fits(x.range.count, columns))
      return "it would be larger than any file";
  }
  return columns == 0 ? "it has no parameters" : "";
}

} // namespace ganglion
