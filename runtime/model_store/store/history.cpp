#include "runtime/model_store/store/history.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/model_store/formats/text_file.hpp"
#include "runtime/model_store/store/layout.hpp"

namespace ganglion {

namespace {

/// What the two directories list.
struct names {
  /// Steps committed under each fence.
  std::map<std::uint64_t, std::set<std::uint64_t>> steps;
  std::set<std::uint64_t> fences;
  std::set<std::uint64_t> bases;

  /// Whether the fence's writer got so far as to have a say.
  [[nodiscard]] bool has_say(std::uint64_t fence) const {
    return bases.contains(fence) || steps.contains(fence);
  }
};

/// A directory of a model that is not there must not look like an empty one.
caf::expected<std::vector<std::string>>
list_part(file_system& files, const std::string& path, freshness wanted) {
  auto result = list_fresh(files, path, wanted);
  if (!result && result.error() == errc::not_found)
    return make_failure(errc::bad_model,
                        explain(result.error())
                          + "; it is a part of the model: restore it");
  return result;
}

/// Manifests are listed first: one that its writer's successor voids is either
/// not listed, or the successor's record is.
caf::expected<names> list_names(file_system& files, const std::string& dir,
                                freshness wanted) {
  names result;
  auto manifests = list_part(files, layout::manifests(dir), wanted);
  if (!manifests)
    return manifests.error();
  for (const auto& name : *manifests)
    if (auto id = from_file_name(name))
      result.steps[id->fence].insert(id->step);
  auto leases = list_part(files, layout::leases(dir), wanted);
  if (!leases)
    return leases.error();
  for (const auto& name : *leases) {
    if (auto fence = layout::fence_of_lease(name))
      result.fences.insert(*fence);
    if (auto fence = layout::fence_of_base(name))
      result.bases.insert(*fence);
  }
  return result;
}

/// How often directories are listed anew because they do not fit together.
constexpr int listing_attempts = 3;

class walk {
public:
  walk(file_system& files, const std::string& dir, const names& found)
    : files_(files), dir_(dir), found_(found) {
    // nop
  }

  /// Whether it needed a base that was not listed.
  [[nodiscard]] bool lacks_base() const noexcept {
    return lacks_base_;
  }

  caf::expected<history> run() {
    start();
    // Commits of one fence up to a step, then what that fence builds on.
    for (auto at = newest_; !at.none();) {
      take(at);
      auto base = base_of(at.fence);
      if (!base)
        return base.error();
      at = *base;
    }
    for (const auto& [fence, steps] : found_.steps)
      for (auto step : steps)
        if (commit_id id{fence, step}; !taken_.contains(id))
          result_.voided.push_back(id);
    std::ranges::reverse(result_.voided);
    return std::move(result_);
  }

private:
  static constexpr auto any_step = ~std::uint64_t{0};

  void start() {
    for (const auto* fences : {&found_.fences, &found_.bases})
      if (!fences->empty())
        result_.highest_fence = std::max(result_.highest_fence,
                                         *fences->rbegin());
    if (!found_.steps.empty())
      result_.highest_fence = std::max(result_.highest_fence,
                                       found_.steps.rbegin()->first);
    newest_ = {fence_with_say(any_step), any_step};
    for (auto fence : found_.fences)
      if (fence > newest_.fence)
        result_.undecided.push_back(fence);
  }

  /// The highest one below `limit`, or 0.
  [[nodiscard]] std::uint64_t fence_with_say(std::uint64_t limit) const {
    std::uint64_t result = 0;
    for (auto fence : found_.bases)
      if (fence < limit)
        result = std::max(result, fence);
    for (const auto& [fence, steps] : found_.steps)
      if (fence < limit)
        result = std::max(result, fence);
    return result;
  }

  void take(commit_id last) {
    auto steps = found_.steps.find(last.fence);
    if (steps == found_.steps.end())
      return;
    for (auto i = steps->second.rbegin(); i != steps->second.rend(); ++i)
      if (*i <= last.step) {
        result_.counting.push_back({last.fence, *i});
        taken_.insert({last.fence, *i});
      }
  }

  /// What a fence builds on. Its manifests say so too, should the record be
  /// damaged; without either, nothing older is known to be void.
  caf::expected<commit_id> base_of(std::uint64_t fence) {
    auto path = layout::base_path(dir_, fence);
    lacks_base_ = lacks_base_ || !found_.bases.contains(fence);
    auto record = read_text_file<base_record>(files_, path);
    if (record && record->fence == fence && record->base.fence < fence)
      return record->base;
    auto why = record ? another(path) : record.error();
    if (why != errc::bad_model && why != errc::not_found)
      return why;
    result_.damaged.push_back({path, why});
    if (auto steps = found_.steps.find(fence); steps != found_.steps.end())
      for (auto step : steps->second) {
        auto what = read_text_file<manifest>(
          files_, layout::manifest_path(dir_, {fence, step}));
        if (what && what->id == commit_id{fence, step}
            && what->base.fence < fence)
          return what->base;
      }
    auto below = fence_with_say(fence);
    return commit_id{below, below == 0 ? 0 : any_step};
  }

  static caf::error another(const std::string& path) {
    return make_failure(errc::bad_model,
                        fmt::format("'{}' is damaged at offset 0: it is the "
                                    "record of another fence",
                                    path));
  }

  file_system& files_;
  const std::string& dir_;
  const names& found_;
  commit_id newest_;
  bool lacks_base_ = false;
  std::set<commit_id> taken_;
  history result_;
};

} // namespace

caf::expected<history> read_history(file_system& files, const std::string& dir,
                                    freshness wanted) {
  for (int i = 1;; ++i) {
    auto found = list_names(files, dir, wanted);
    if (!found)
      return found.error();
    walk steps{files, dir, *found};
    auto result = steps.run();
    if (!result)
      return result;
    // A base that is not listed may be there all the same, and so may a commit:
    // prune took the last name that was listed, just before the next one came.
    auto missed = result->counting.empty() && i == 1;
    if (!missed && (!steps.lacks_base() || i == listing_attempts))
      return result;
  }
}

caf::expected<std::vector<std::uint64_t>>
list_fences(file_system& files, const std::string& dir, freshness wanted) {
  auto listed = list_part(files, layout::leases(dir), wanted);
  if (!listed)
    return listed.error();
  std::set<std::uint64_t, std::greater<>> result;
  for (const auto& name : *listed) {
    if (auto fence = layout::fence_of_lease(name))
      result.insert(*fence);
    if (auto fence = layout::fence_of_base(name))
      result.insert(*fence);
  }
  return std::vector<std::uint64_t>(result.begin(), result.end());
}

} // namespace ganglion
