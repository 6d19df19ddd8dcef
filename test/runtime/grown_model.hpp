// A model with some commits, for tests of what is pruned. For one test case.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/model_store/store/layout.hpp"
#include "test/runtime/store_models.hpp"

namespace ganglion {

/// A model with commits 1-1 to 1-4.
struct grown_model : memory_process {
  using ids = std::vector<commit_id>;

  grown_model() {
    auto writer = create();
    for (std::uint64_t step : {1, 2, 3, 4})
      commit(writer, step);
  }

  prune_report prune(std::uint64_t keep) {
    auto result = ganglion::prune(files, model_dir,
                                  {keep, false, verification::everything});
    REQUIRE(outcome_of(result) == "no error");
    return *result;
  }

  ids listed() {
    ids result;
    auto log = reader().log();
    for (const auto& x : *log)
      result.push_back(x.id);
    return result;
  }

  std::size_t shards() {
    return disk->names(layout::shards(model_dir)).size();
  }
};

} // namespace ganglion
