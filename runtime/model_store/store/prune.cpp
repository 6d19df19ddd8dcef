#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "runtime/model_store/store/prune.hpp"

namespace ganglion {

namespace {

class pruner {
public:
  pruner(file_system& files, const model_reader& reader)
    : files_(files), reader_(reader), dir_(reader.dir()) {
    // nop
  }

  caf::expected<prune_report> run(const prune_options& options) {
    auto past = read_history(files_, dir_, freshness::required);
    if (!past)
      return past.error();
    if (!past->undecided.empty())
      return undecided(past->undecided.front());
    if (auto err = find_newest(past->counting, options.depth))
      return err;
    // Whoever raises a fence from here on sees the newest commit.
    if (auto err = check_fences(past->highest_fence))
      return err;
    auto last = std::min<std::uint64_t>(options.keep, past->counting.size())
                - 1;
    oldest_ = std::min(newest_, past->counting[last]);
    if (options.keep_best)
      if (auto best = reader_.best())
        oldest_ = std::min(oldest_, best->id);
    if (auto err = remove_manifests())
      return err;
    // A manifest that reappears after a power failure must find its shards.
    if (auto err = files_.sync_directory(layout::manifests(dir_)))
      return err;
    // A reader that pinned one meanwhile goes on reading.
    if (auto err = find_pins())
      return err;
    if (auto err = find_needed())
      return err;
    if (auto err = remove_shards())
      return err;
    return std::move(result_);
  }

private:
  /// Whether an older commit is to become void is known only then.
  [[nodiscard]] caf::error undecided(std::uint64_t fence) const {
    return make_failure(
      errc::busy,
      fmt::format("a writer (fence {}) is just opening model '{}', or died "
                  "doing so: try again, or go on with the model first",
                  fence, dir_));
  }

  /// An error where a fence is above the one where the history begins.
  caf::error check_fences(std::uint64_t known) {
    auto fences = list_fences(files_, dir_, freshness::required);
    if (!fences)
      return fences.error();
    if (!fences->empty() && fences->front() > known)
      return undecided(fences->front());
    return {};
  }

  /// Among those that were listed before anything is removed.
  caf::error find_newest(const std::vector<commit_id>& counting,
                         verification depth) {
    for (auto id : counting) {
      auto what = reader_.load_manifest(id);
      auto err = what ? reader_.check(*what, depth) : what.error();
      if (!err) {
        newest_ = id;
        return {};
      }
      if (err != errc::bad_model && err != errc::not_found)
        return err;
    }
    return make_failure(errc::bad_model,
                        fmt::format("no commit of model '{}' is whole, so that "
                                    "nothing may go: run 'ganglion model fsck'",
                                    dir_));
  }

  /// Finds the pins of living readers and removes others.
  caf::error find_pins() {
    auto names = list_fresh(files_, layout::pins(dir_), freshness::required);
    if (!names)
      return names.error();
    for (const auto& name : *names) {
      auto id = layout::commit_of_pin(name);
      if (!id)
        continue;
      auto path = layout::pins(dir_) + "/" + name;
      auto lock = files_.try_lock(path, lock_mode::exclusive);
      if (!lock)
        return lock.error();
      if (!*lock) {
        pinned_.insert(*id);
        continue;
      }
      if (auto removed = files_.remove(path); !removed)
        return removed.error();
    }
    return {};
  }

  /// Listed once it is known what stays: what that builds on is there by now.
  caf::expected<std::vector<commit_id>> find_victims() {
    auto names = list_fresh(files_, layout::manifests(dir_),
                            freshness::required);
    if (!names)
      return names.error();
    std::vector<commit_id> result;
    for (const auto& name : *names)
      if (auto id = from_file_name(name); id && *id < oldest_)
        result.push_back(*id);
    std::ranges::sort(result);
    return result;
  }

  /// The oldest first, and none above a pinned one: where a reader finds a
  /// manifest, it has missed none of the newer ones.
  caf::error remove_manifests() {
    auto victims = find_victims();
    if (!victims)
      return victims.error();
    if (auto err = find_pins())
      return err;
    for (auto id : *victims) {
      if (pinned_.contains(id)) {
        result_.pinned = id;
        break;
      }
      if (auto err = remove_manifest(id))
        return err;
    }
    return {};
  }

  caf::error remove_manifest(commit_id id) {
    // Its shards, should a reader pin it now.
    if (auto what = reader_.load_manifest(id))
      removed_.push_back(std::move(*what));
    auto done = files_.remove(layout::manifest_path(dir_, id));
    if (!done)
      return done.error();
    if (*done)
      result_.removed.push_back(id);
    return {};
  }

  void need(const manifest& x) {
    for (const auto& entry : x.shards)
      needed_.insert(entry.name);
  }

  /// The shards of all manifests that remain, and of pins.
  caf::error find_needed() {
    auto names = list_fresh(files_, layout::manifests(dir_),
                            freshness::required);
    if (!names)
      return names.error();
    for (const auto& name : *names) {
      auto id = from_file_name(name);
      if (!id)
        continue;
      auto what = reader_.load_manifest(*id);
      if (what)
        need(*what);
      else if (what.error() == errc::bad_model
               || what.error() == errc::incompatible)
        unreadable_.insert(*id);
      else if (what.error() != errc::not_found)
        return what.error();
    }
    for (const auto& x : removed_)
      if (pinned_.contains(x.id))
        need(x);
    return {};
  }

  /// What is not older than all that is kept is perhaps being written.
  [[nodiscard]] bool is_needed(const std::string& name, commit_id id) const {
    return id >= oldest_ || needed_.contains(name) || unreadable_.contains(id)
           || pinned_.contains(id);
  }

  caf::error remove_shards() {
    auto names = list_fresh(files_, layout::shards(dir_), freshness::required);
    if (!names)
      return names.error();
    for (const auto& name : *names) {
      auto facts = layout::facts_of_shard(final_name(name));
      if (!facts || is_needed(name, facts->commit))
        continue;
      auto done = files_.remove(layout::shard_path(dir_, name));
      if (!done)
        return done.error();
      result_.removed_shards += *done;
    }
    return files_.sync_directory(layout::shards(dir_));
  }

  file_system& files_;
  const model_reader& reader_;
  const std::string& dir_;
  commit_id newest_;
  /// That is kept.
  commit_id oldest_;
  std::set<commit_id> pinned_;
  std::vector<manifest> removed_;
  std::set<commit_id> unreadable_;
  std::set<std::string> needed_;
  prune_report result_;
};

} // namespace

caf::expected<prune_report> prune(file_system& files, const std::string& dir,
                                  const prune_options& options) {
  if (options.keep == 0)
    return make_failure(errc::bad_argument,
                        "prune keeps one commit at least: ask it to keep more "
                        "than 0");
  auto reader = model_reader::open(files, dir);
  if (!reader)
    return reader.error();
  return pruner{files, *reader}.run(options);
}

} // namespace ganglion
