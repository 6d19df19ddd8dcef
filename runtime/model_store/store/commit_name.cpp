#include "runtime/model_store/store/commit_name.hpp"

#include <charconv>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"

namespace ganglion {

namespace {

/// Digits and nothing else.
std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t result = 0;
  auto [end, error] = std::from_chars(text.begin(), text.end(), result);
  if (error != std::errc{} || end != text.end())
    return {};
  return result;
}

std::optional<commit_id> parse(std::string_view text) {
  auto dash = text.find('-');
  if (dash == text.npos)
    return {};
  auto fence = number(text.substr(0, dash));
  auto step = number(text.substr(dash + 1));
  if (!fence || !step || *fence == 0)
    return {};
  return commit_id{*fence, *step};
}

} // namespace

std::string to_string(commit_id x) {
  return x.none() ? "none" : fmt::format("{}-{}", x.fence, x.step);
}

caf::expected<commit_id> parse_commit(std::string_view text) {
  if (auto result = parse(text))
    return *result;
  return make_failure(
    errc::bad_argument,
    fmt::format("'{}' names no commit: give fence and step, "
                "such as 3-1200, as 'ganglion model log' shows "
                "them",
                printable(text)));
}

std::string file_name(commit_id x) {
  return fmt::format("{:06}-{:012}", x.fence, x.step);
}

std::optional<commit_id> from_file_name(std::string_view name) {
  auto result = parse(name);
  if (result && file_name(*result) == name)
    return result;
  return {};
}

} // namespace ganglion
