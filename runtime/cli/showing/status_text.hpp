// What observers saw, as text in 80 columns and as JSON. Pure functions.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/watching/observer.hpp"

namespace ganglion::cli {

std::string status_text(const std::vector<observation>& seen);

nlohmann::json status_json(const std::vector<observation>& seen);

} // namespace ganglion::cli
