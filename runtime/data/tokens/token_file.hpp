// How the parts of a tokenizer.json are asked for: what is missing, or of
// another type, is empty, and what is refused is said in one form. Pure
// functions; it knows no kinds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <caf/error.hpp>

#include <nlohmann/json_fwd.hpp>

namespace ganglion::token_file {

/// Of sequences in sequences.
inline constexpr int max_depth = 4;

/// bad_data: "tokenizer.json: " and what is wrong.
caf::error bad(std::string_view what);

/// `what`, such as "decoder", is of a kind that is not known.
caf::error unknown(std::string_view what, const nlohmann::json& x);

/// null where there is none.
const nlohmann::json& at(const nlohmann::json& from, const char* name);

std::string text(const nlohmann::json& from, const char* name);

bool flag(const nlohmann::json& from, const char* name, bool otherwise = false);

std::uint64_t count(const nlohmann::json& from, const char* name,
                    std::uint64_t otherwise = 0);

/// Strangers' files may make much of little. An error where a text of so many
/// bytes has become one of so many that no language needs it: bad_data.
caf::error check_growth(std::size_t before, std::size_t now);

} // namespace ganglion::token_file
