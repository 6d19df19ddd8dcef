#include "runtime/hosting/kept_steps.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/values/not_finite.hpp"
#include "runtime/model_store/store/shard.hpp"

namespace ganglion {

kept_steps::kept_steps(std::shared_ptr<file_system> files)
  : files_(std::move(files)) {
  // nop
}

void kept_steps::begin(open_local target) {
  target_ = std::move(target);
  by_step_.clear();
}

void kept_steps::end(std::uint64_t run) {
  if (!target_ || target_->what.run != run)
    return;
  target_.reset();
  by_step_.clear();
  copies_.reset();
}

std::optional<kept_steps::written_step> kept_steps::add(snapshot& x) {
  if (!target_ || x.run != target_->what.run)
    return std::nullopt;
  auto step = x.step;
  auto& all = by_step_[step];
  all.neurons += x.range.count;
  all.parts.push_back(std::move(x));
  if (all.neurons < target_->neurons)
    return std::nullopt;
  reserve(all.parts);
  written_step result{{target_->what.run, step, 0, {}, {}, false}, {}};
  result.why = check_finite(all.parts, step);
  result.report.diverged = static_cast<bool>(result.why);
  if (!result.why)
    result.why = write(all.parts, step, result.report.shards);
  by_step_.erase(step);
  return result;
}

/// The groups' copies for the next commit take the memory of these.
void kept_steps::reserve(const snapshots& all) {
  auto bytes = bytes_of(all);
  if (!copies_ || copies_->bytes() != bytes)
    copies_.emplace(bytes);
}

caf::error kept_steps::check_finite(const snapshots& all,
                                    std::uint64_t step) const {
  if (target_->what.any_values)
    return {};
  for (const auto& x : all) {
    auto arrays = x.state;
    arrays.push_back(x.weights);
    auto odd = not_finite_rows(arrays, x.range);
    if (!odd.empty())
      return make_failure(
        errc::diverged,
        {fmt::format("weights of neurons {} are not finite after step {}, "
                     "which is not committed",
                     to_string(odd.front()), step),
         {odd.front()},
         {},
         {}});
  }
  return {};
}

caf::error kept_steps::write(snapshots& all, std::uint64_t step,
                             std::vector<shard_entry>& out) {
  std::ranges::sort(all, {}, [](const snapshot& x) { return x.range.first; });
  const auto& model = target_->what.model;
  for (auto i = all.begin(); i != all.end();) {
    auto end = shard_end(i, all.end());
    auto layer = i->layer;
    if (i->weights.columns() == 0) {
      i = end; // neurons without parameters
      continue;
    }
    std::vector<parameters> parts;
    for (; i != end; ++i)
      parts.push_back({i->range, std::move(i->weights), std::move(i->state)});
    auto made = write_shard(*files_, model.path, {target_->what.fence, step},
                            model.network_hash, layer, parts);
    if (!made)
      return made.error();
    out.push_back(std::move(*made));
  }
  return {};
}

} // namespace ganglion
