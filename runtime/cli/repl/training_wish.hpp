// What somebody wants who types "train": the words, read and checked, with what
// holds where nothing is said. Plain data.
#pragma once

#include <cstdint>
#include <string>

#include <caf/expected.hpp>

#include "runtime/cli/repl/words.hpp"
#include "runtime/cli/repl/workspace.hpp"
#include "runtime/training/schedule.hpp"

namespace ganglion::cli {

struct training_wish {
  schedule_wish schedule;
  std::uint64_t warmup = 0;
  std::uint64_t amount = 1;
  bool steps = false;
  std::string data;
  training_options training;
  std::uint64_t batch = 0;
  table_options table;
};

/// Errors: words that mean nothing, or values that are not possible.
caf::expected<training_wish> wish_from(const workspace& w, const words& args);

} // namespace ganglion::cli
