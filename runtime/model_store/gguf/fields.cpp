#include "runtime/model_store/gguf/fields.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "metadata/text/names.hpp"

namespace ganglion {

gguf_fields::gguf_fields(const gguf_metadata& from, std::string architecture)
  : from_(from), prefix_(std::move(architecture) + '.') {
  // nop
}

const gguf_value* gguf_fields::ask(std::string_view name) {
  auto key = prefix_ + std::string{name};
  const auto* result = from_.find(key);
  asked_.insert(std::move(key));
  return result;
}

std::uint64_t gguf_fields::size(std::string_view name, std::uint64_t usual) {
  constexpr auto most = std::uint64_t{1} << 24;
  if (!ask(name)) {
    if (usual == 0)
      complain(name, "is missing");
    return usual;
  }
  auto value = from_.whole_number(prefix_ + std::string{name}).value_or(0);
  if (value >= 1 && value <= most)
    return value;
  complain(name, "is no whole number from 1 to 2^24");
  return 0;
}

double gguf_fields::number(std::string_view name, double usual) {
  const auto* value = ask(name);
  if (!value) {
    if (usual == 0)
      complain(name, "is missing");
    return usual;
  }
  const auto* x = std::get_if<double>(value);
  if (x && std::isfinite(*x))
    return *x;
  complain(name, "is no finite number of a floating type");
  return usual;
}

std::string gguf_fields::text(std::string_view name, std::string_view usual) {
  const auto* value = ask(name);
  if (!value)
    return std::string{usual};
  if (const auto* x = std::get_if<std::string>(value))
    return *x;
  complain(name, "is no text");
  return std::string{usual};
}

void gguf_fields::pass(std::string_view name) {
  static_cast<void>(ask(name));
}

void gguf_fields::expect(std::string_view name, const gguf_value& only) {
  const auto* value = ask(name);
  if (value && *value != only)
    complain(name, "asks for what is not known");
}

void gguf_fields::complain(std::string_view name, std::string_view what) {
  if (problem_.empty())
    problem_ = fmt::format("{}{} {}", prefix_, name, what);
}

std::string gguf_fields::problem() const {
  if (!problem_.empty())
    return problem_;
  for (auto i = from_.all().lower_bound(prefix_);
       i != from_.all().end() && i->first.starts_with(prefix_); ++i)
    if (!asked_.contains(i->first))
      return fmt::format("{} is not known", printable(i->first));
  return {};
}

} // namespace ganglion
