// Which tokens a tokenizer.json puts in front of a text (its post_processor).
// A pure function; what is put behind one, or between two, is left out, since a
// text goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <caf/expected.hpp>

#include <nlohmann/json_fwd.hpp>

namespace ganglion {

/// Nothing where the file does not say. `tokens`: all are below it. Errors:
/// bad_data naming a kind that is not known, or a token that there is not.
caf::expected<std::optional<std::vector<std::uint32_t>>>
read_prompt_front(const nlohmann::json& post_processor, std::size_t tokens);

} // namespace ganglion
