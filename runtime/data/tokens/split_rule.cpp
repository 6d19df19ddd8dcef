#include "runtime/data/tokens/split_rule.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "metadata/text/names.hpp"
#include "runtime/data/tokens/token_file.hpp"

namespace ganglion {

namespace {

using spans_of_text = std::vector<text_pattern::span>;

/// Of each, whether it goes on with what comes before it.
template <class Joins>
void join_spans(spans_of_text& spans, Joins joins) {
  spans_of_text result;
  auto found_before = false;
  for (const auto& x : spans) {
    if (joins(x.found, found_before) && !result.empty())
      result.back().end = x.end;
    else
      result.push_back({x.begin, x.end, false});
    found_before = x.found;
  }
  spans = std::move(result);
}

void join_with_next(spans_of_text& spans) {
  spans_of_text result;
  auto found_after = false;
  for (auto i = spans.rbegin(); i != spans.rend(); ++i) {
    if (i->found && !found_after && !result.empty())
      result.back().begin = i->begin;
    else
      result.push_back({i->begin, i->end, false});
    found_after = i->found;
  }
  std::ranges::reverse(result);
  spans = std::move(result);
}

} // namespace

caf::expected<split_rule> split_rule_named(std::string_view name) {
  constexpr std::array names{
    std::pair{std::string_view{"Isolated"}, split_rule::isolated},
    std::pair{std::string_view{"Removed"}, split_rule::removed},
    std::pair{std::string_view{"MergedWithPrevious"},
              split_rule::merged_with_previous},
    std::pair{std::string_view{"MergedWithNext"}, split_rule::merged_with_next},
    std::pair{std::string_view{"Contiguous"}, split_rule::contiguous},
  };
  for (const auto& [known, rule] : names)
    if (known == name)
      return rule;
  return token_file::bad(fmt::format("the behavior '{}' of a split is not "
                                     "known",
                                     printable(name)));
}

void apply_split_rule(split_rule rule, std::vector<text_pattern::span>& spans) {
  switch (rule) {
    case split_rule::isolated:
      join_spans(spans, [](bool, bool) { return false; });
      break;
    case split_rule::removed:
      break;
    case split_rule::merged_with_previous:
      join_spans(spans, [](bool now, bool before) { return now && !before; });
      break;
    case split_rule::merged_with_next:
      join_with_next(spans);
      break;
    case split_rule::contiguous:
      join_spans(spans, [](bool now, bool before) { return now == before; });
      break;
  }
}

} // namespace ganglion
