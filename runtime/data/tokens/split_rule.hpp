// What becomes of the parts of a text that a pattern finds: pieces of their
// own, left out, or joined with their neighbours. A pure function, as Hugging
// Face's tokenizers has it.
#pragma once

#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/data/tokens/text_pattern.hpp"

namespace ganglion {

enum class split_rule {
  isolated,
  removed,
  merged_with_previous,
  merged_with_next,
  contiguous,
};

/// Errors: bad_data naming it.
caf::expected<split_rule> split_rule_named(std::string_view name);

/// The spans of the pieces; those that are `found` are left out.
void apply_split_rule(split_rule rule, std::vector<text_pattern::span>& spans);

} // namespace ganglion
