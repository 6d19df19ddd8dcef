#include "runtime/model_store/store/model_writer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/kernel/arithmetic.hpp"
#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/model_store/formats/text_file.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "runtime/model_store/store/shard.hpp"

namespace ganglion {

namespace {

/// How often an opening writer starts over because another one was faster.
constexpr int opening_attempts = 8;

caf::error refused(std::string text) {
  return make_failure(errc::bad_argument, std::move(text));
}

/// Makes a file unless it is there with this very content.
caf::error write_same(file_system& files, const std::string& path,
                      const std::string& content) {
  auto made = write_once(files, path, content);
  if (!made)
    return made.error();
  if (*made)
    return {};
  auto there = read_all(files, path);
  if (!there)
    return there.error();
  if (*there != content)
    return make_failure(errc::bad_model,
                        fmt::format("'{}' is there with other content than is "
                                    "due: run 'ganglion model fsck'",
                                    path));
  return {};
}

/// Who holds a fence, as far as that can be read.
std::string holder(file_system& files, const std::string& dir,
                   std::uint64_t fence) {
  auto lease = read_text_file<lease_record>(files,
                                            layout::lease_path(dir, fence));
  return lease ? describe(*lease)
               : fmt::format("the writer with fence {}", fence);
}

} // namespace

caf::error model_writer::busy(std::uint64_t fence) const {
  return make_failure(
    errc::busy,
    fmt::format("model '{}' is being written by {}: wait for it or stop it, or "
                "take over with --take-over if it hangs",
                reader_.dir(), holder(*files_, reader_.dir(), fence)));
}

caf::error model_writer::check_free(std::uint64_t fence) const {
  auto lock = files_->try_lock(layout::lease_path(reader_.dir(), fence),
                               lock_mode::shared);
  if (!lock)
    return lock.error();
  return *lock ? caf::error{} : busy(fence);
}

caf::error model_writer::raise_fence(const writer_options& options) {
  const auto& dir = reader_.dir();
  auto first = options.first_fence;
  for (int i = 0; options.take_over || i < opening_attempts; ++i) {
    auto fences = list_fences(*files_, dir, freshness::required);
    if (!fences)
      return fences.error();
    auto newest = fences->empty() ? 0 : fences->front();
    if (!options.take_over && newest > 0)
      if (auto err = check_free(newest))
        return err;
    lease_ = {std::max(newest + 1, first), options.who, wall_clock_time()};
    auto lock = write_locked(*files_, layout::lease_path(dir, lease_.fence),
                             to_text(lease_), lock_mode::exclusive);
    if (!lock)
      return lock.error();
    lock_ = std::move(*lock);
    if (lock_)
      return {};
    // Somebody was faster, and is there perhaps: only who was told to take over
    // may go past it unasked.
    if (options.take_over)
      first = lease_.fence + 1;
  }
  return busy(lease_.fence);
}

caf::error model_writer::find_base(verification depth) {
  auto found = reader_.newest(depth, freshness::required);
  base_record record{lease_.fence, {}};
  if (found) {
    record.base = found->what.id;
    base_ = std::move(*found);
  } else if (found.error() != errc::not_found) {
    return found.error();
  }
  return write_same(*files_, layout::base_path(reader_.dir(), lease_.fence),
                    to_text(record));
}

caf::expected<model_writer> model_writer::open(file_system& files,
                                               std::string dir,
                                               writer_options options) {
  auto reader = model_reader::open(files, std::move(dir));
  if (!reader)
    return reader.error();
  model_writer result{files, std::move(*reader)};
  // In this order: once the fence is raised, no commit of an older one can be
  // claimed that is not seen when the base is read.
  if (auto err = result.raise_fence(options))
    return err;
  if (auto err = result.find_base(options.depth))
    return err;
  return result;
}

caf::error model_writer::check_lease() {
  if (lost_)
    return lost_;
  const auto& dir = reader_.dir();
  auto fences = list_fences(*files_, dir, freshness::required);
  if (!fences)
    return fences.error();
  auto highest = fences->empty() ? 0 : fences->front();
  if (highest > lease_.fence)
    lost_ = make_failure(
      errc::lost_lease,
      fmt::format("model '{}' was taken over by {}: stop here, what was "
                  "committed before is safe",
                  dir, holder(*files_, dir, highest)));
  else if (highest < lease_.fence)
    lost_ = make_failure(
      errc::lost_lease,
      fmt::format("the lease of model '{}' (fence {}) is gone: somebody "
                  "removed its records, open the model anew",
                  dir, lease_.fence));
  return lost_;
}

caf::error model_writer::check(const commit_draft& draft) const {
  commit_id id{lease_.fence, draft.cursor.steps};
  if (last_step_ && id.step <= *last_step_)
    return refused(
      fmt::format("step {} cannot be committed after step {}: commit "
                  "a later one",
                  id.step, *last_step_));
  for (const auto& x : draft.shards) {
    auto facts = layout::facts_of_shard(x.name);
    if (!facts || facts->commit != id || facts->range != x.range)
      return refused(fmt::format("shard '{}' was not written for commit {} and "
                                 "neurons {}: write it for that",
                                 x.name, to_string(id), to_string(x.range)));
  }
  cluster_view nodes;
  for (const auto& name : draft.where.nodes())
    nodes.nodes.push_back({name});
  if (auto err = ganglion::check(reader_.net(), nodes, draft.where))
    return err;
  return check_shards(reader_.net(), draft.shards);
}

manifest model_writer::make_manifest(commit_draft draft) const {
  manifest result;
  result.id = {lease_.fence, draft.cursor.steps};
  if (base_)
    result.base = base_->what.id;
  result.network_hash = reader_.network_hash();
  result.placement_hash = fingerprint(draft.where);
  result.shards = std::move(draft.shards);
  result.cursor = std::move(draft.cursor);
  result.options = draft.options;
  result.set_loss(draft.loss);
  result.set_validation(draft.validation);
  result.time = wall_clock_time();
  result.writer = lease_.writer;
  result.arithmetic = arithmetic_version;
  return result;
}

caf::error model_writer::find_shards(const manifest& what) const {
  auto err = reader_.check(what, verification::headers);
  if (err != errc::not_found)
    return err;
  return make_failure(
    errc::bad_model,
    fmt::format("commit {} cannot be made: {}; if a node wrote it, that node "
                "sees another directory under the model's path: mount the same "
                "share on every server",
                to_string(what.id), explain(err)));
}

caf::expected<manifest> model_writer::publish(manifest what) {
  auto path = layout::manifest_path(reader_.dir(), what.id);
  auto made = write_once(*files_, path, to_text(what));
  if (!made)
    return made.error();
  if (*made)
    return what;
  // An attempt that failed half-way: its manifest counts if it says the same.
  auto there = reader_.load_manifest(what.id);
  if (!there)
    return there.error();
  what.time = there->time;
  what.loss = there->loss;
  what.validation = there->validation;
  if (*there != what)
    return refused(fmt::format("commit {} is there already and says something "
                               "else: commit a later step",
                               to_string(what.id)));
  return what;
}

caf::expected<prune_report> model_writer::prune(const prune_options& options) {
  return ganglion::prune(*files_, reader_.dir(), options);
}

caf::expected<manifest> model_writer::commit(commit_draft draft) {
  if (lost_)
    return lost_;
  std::ranges::sort(draft.shards, {}, &shard_entry::range);
  if (auto err = check(draft))
    return err;
  auto where = layout::placement_path(reader_.dir(), fingerprint(draft.where));
  if (auto err = write_same(*files_, where, to_text(draft.where)))
    return err;
  auto what = make_manifest(std::move(draft));
  if (auto err = find_shards(what))
    return err;
  if (auto err = check_lease())
    return err;
  auto made = publish(std::move(what));
  if (!made)
    return made.error();
  // Who raised a fence before this did not see the manifest perhaps; who does
  // so later builds on it.
  if (auto err = check_lease())
    return err;
  last_step_ = made->id.step;
  return made;
}

} // namespace ganglion
