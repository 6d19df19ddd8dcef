#include "runtime/data/tokens/token_file.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"

namespace ganglion::token_file {

caf::error bad(std::string_view what) {
  return make_failure(errc::bad_data, fmt::format("tokenizer.json: {}", what));
}

caf::error unknown(std::string_view what, const nlohmann::json& x) {
  return bad(fmt::format("the {} '{}' is of a kind that is not known", what,
                         printable(text(x, "type"))));
}

const nlohmann::json& at(const nlohmann::json& from, const char* name) {
  static const nlohmann::json none;
  if (!from.is_object())
    return none;
  auto i = from.find(name);
  return i == from.end() ? none : *i;
}

std::string text(const nlohmann::json& from, const char* name) {
  const auto& x = at(from, name);
  return x.is_string() ? x.get<std::string>() : std::string{};
}

bool flag(const nlohmann::json& from, const char* name, bool otherwise) {
  const auto& x = at(from, name);
  return x.is_boolean() ? x.get<bool>() : otherwise;
}

std::uint64_t count(const nlohmann::json& from, const char* name,
                    std::uint64_t otherwise) {
  const auto& x = at(from, name);
  return x.is_number_unsigned() ? x.get<std::uint64_t>() : otherwise;
}

caf::error check_growth(std::size_t before, std::size_t now) {
  constexpr std::size_t most_times = 64;
  constexpr std::size_t always = 4096;
  if (now <= most_times * before + always)
    return {};
  return bad(fmt::format("it makes more than {} bytes of a text of {}: that is "
                         "no tokenizer of a language",
                         most_times * before, before));
}

} // namespace ganglion::token_file
