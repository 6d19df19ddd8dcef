#include "runtime/model_store/store/model_reader.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/model_store/formats/text_file.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "runtime/model_store/store/shard.hpp"

namespace ganglion {

namespace {

/// How often everything is read anew because it was pruned meanwhile.
constexpr int reading_attempts = 8;

caf::error unfit(const std::string& path, std::string_view what) {
  return make_failure(
    errc::bad_model,
    fmt::format("'{}' is damaged at offset 0: {}", path, what));
}

caf::error check_entry(const std::string& path, const shard_entry& x) {
  auto facts = layout::facts_of_shard(x.name);
  if (!facts || facts->range != x.range)
    return unfit(path, fmt::format("'{}' is no name of a shard of neurons {}",
                                   x.name, to_string(x.range)));
  return {};
}

caf::error check_manifest(const std::string& path, commit_id id,
                          const manifest& x, const network& net,
                          const std::string& network_hash) {
  if (x.id != id || x.cursor.steps != id.step)
    return unfit(path, "it is the manifest of another commit");
  if (x.network_hash != network_hash)
    return unfit(path, "it speaks of another network");
  if (x.placement_hash.find('/') != x.placement_hash.npos
      || x.placement_hash.empty())
    return unfit(path, "it names no placement");
  for (const auto& entry : x.shards)
    if (auto err = check_entry(path, entry))
      return err;
  if (auto err = check_shards(net, x.shards))
    return unfit(path, explain(err));
  return {};
}

/// Errors that say that a file is not what it should be, rather than that it
/// cannot be read at the moment.
bool is_damage(const caf::error& err) {
  return err == errc::bad_model || err == errc::not_found;
}

caf::error no_commit(const std::string& dir,
                     const std::vector<skipped_commit>& skipped) {
  if (skipped.empty())
    return make_failure(errc::not_found,
                        fmt::format("model '{}' has no commit yet: wait for "
                                    "its first one",
                                    dir));
  return make_failure(
    errc::bad_model,
    fmt::format("no commit of model '{}' is whole; the newest: {}: run "
                "'ganglion model fsck' and restore what is damaged",
                dir, explain(skipped.front().why)));
}

} // namespace

commit_pin::commit_pin(file_system& files, std::string path,
                       std::unique_ptr<file_lock> lock)
  : files_(&files), path_(std::move(path)), lock_(std::move(lock)) {
  // nop
}

commit_pin::~commit_pin() {
  // The name first: once the lock is free, prune may remove it as well.
  if (lock_)
    static_cast<void>(files_->remove(path_));
}

model_reader::model_reader(file_system& files, std::string dir, network net)
  : files_(&files),
    dir_(std::move(dir)),
    net_(std::move(net)),
    network_hash_(fingerprint(net_)) {
  // nop
}

caf::expected<model_reader> model_reader::open(file_system& files,
                                               std::string dir) {
  auto net = read_text_file<network>(files, layout::network_path(dir));
  if (!net && net.error() == errc::not_found)
    return make_failure(errc::not_found,
                        fmt::format("'{}' holds no model: check the path, or "
                                    "make one there",
                                    dir));
  if (!net)
    return net.error();
  return model_reader{files, std::move(dir), std::move(*net)};
}

caf::expected<std::optional<data_description>> model_reader::data() const {
  auto result = read_text_file<data_description>(*files_,
                                                 layout::data_path(dir_));
  if (!result && result.error() == errc::not_found)
    return std::optional<data_description>{};
  if (!result)
    return result.error();
  return std::optional{std::move(*result)};
}

caf::expected<manifest> model_reader::load_manifest(commit_id id) const {
  auto path = layout::manifest_path(dir_, id);
  auto result = read_text_file<manifest>(*files_, path);
  if (!result)
    return result;
  if (auto err = check_manifest(path, id, *result, net_, network_hash_))
    return err;
  return result;
}

caf::error model_reader::check(const manifest& what, verification depth) const {
  auto where = load_placement(what);
  if (!where)
    return where.error();
  if (depth == verification::manifest)
    return {};
  for (const auto& entry : what.shards) {
    auto shard = shard_reader::open(*files_, dir_, network_hash_, entry);
    if (!shard)
      return shard.error();
    if (shard->header().columns != net_.parameters_per_neuron(entry.layer))
      return unfit(layout::shard_path(dir_, entry.name),
                   "its rows have not as many parameters as the neurons");
    if (depth == verification::everything)
      if (auto err = shard->verify())
        return err;
  }
  return {};
}

bool model_reader::is_gone(commit_id id, const caf::error& why) const {
  if (why != errc::not_found)
    return false;
  auto again = load_manifest(id);
  return !again && again.error() == errc::not_found;
}

caf::expected<found_commit>
model_reader::newest(verification depth, freshness wanted,
                     std::span<const skipped_commit> known) const {
  for (int i = 0;; ++i) {
    auto past = read_history(*files_, dir_, wanted);
    if (!past)
      return past.error();
    std::vector<skipped_commit> skipped;
    bool again = false;
    for (auto id : past->counting) {
      auto before = std::ranges::find(known, id, &skipped_commit::id);
      if (before != known.end()) {
        skipped.push_back(*before);
        continue;
      }
      auto what = load_manifest(id);
      auto err = what ? check(*what, depth) : what.error();
      if (!err)
        return found_commit{std::move(*what), std::move(skipped)};
      if (!is_damage(err))
        return err;
      // Pruned since it was listed: what is listed now?
      again = i < reading_attempts && is_gone(id, err);
      if (again)
        break;
      skipped.push_back({id, err});
    }
    if (!again)
      return no_commit(dir_, skipped);
  }
}

caf::expected<std::vector<logged_commit>> model_reader::log() const {
  auto past = read_history(*files_, dir_, freshness::preferred);
  if (!past)
    return past.error();
  std::vector<logged_commit> result;
  for (auto id : past->counting) {
    auto what = load_manifest(id);
    if (what)
      result.push_back({id, std::move(*what), {}});
    else if (what.error() != errc::not_found) // pruned meanwhile
      result.push_back({id, {}, what.error()});
  }
  return result;
}

caf::expected<manifest> model_reader::best() const {
  auto all = log();
  if (!all)
    return all.error();
  std::optional<manifest> result;
  for (auto& x : *all)
    // Newest first. Written so that NaN is never the best.
    if (x.what && !std::isnan(x.what->validation_value())
        && !(result && result->validation_value() < x.what->validation_value()))
      result = std::move(x.what);
  if (result)
    return std::move(*result);
  return make_failure(
    errc::not_found, fmt::format("no commit of model '{}' was validated: train "
                                 "with --validation, or name a commit",
                                 dir_));
}

caf::expected<manifest> model_reader::find(commit_id id) const {
  auto past = read_history(*files_, dir_, freshness::preferred);
  if (!past)
    return past.error();
  const auto& all = past->counting;
  if (std::ranges::find(all, id) != all.end())
    return load_manifest(id);
  std::vector<std::string> names;
  names.reserve(all.size());
  for (auto x : all)
    names.push_back(to_string(x));
  return make_failure(errc::not_found,
                      fmt::format("model '{}' has no commit {}: use one of {}",
                                  dir_, to_string(id), fmt::join(names, ", ")));
}

caf::expected<commit_pin> model_reader::pin(commit_id id) const {
  auto gone = [&] {
    return make_failure(errc::not_found,
                        fmt::format("commit {} of model '{}' was pruned "
                                    "meanwhile: take the newest",
                                    to_string(id), dir_));
  };
  for (int i = 0; i < reading_attempts; ++i) {
    auto name = file_name(id) + "." + random_text();
    auto path = layout::pins(dir_) + "/" + name;
    // Locked before it has this name: prune removes a pin that nobody holds.
    auto lock = write_locked(*files_, path, "", lock_mode::shared);
    if (!lock && lock.error() == errc::not_found && i + 1 < reading_attempts)
      continue; // so prune did with the temporary name
    if (!lock)
      return lock.error();
    if (!*lock) // prune looks at it just now
      continue;
    commit_pin result{*files_, path, std::move(*lock)};
    auto manifests = list_fresh(*files_, layout::manifests(dir_),
                                freshness::required);
    if (!manifests)
      return manifests.error();
    if (std::ranges::find(*manifests, file_name(id)) == manifests->end())
      return gone();
    return result;
  }
  return gone();
}

caf::expected<placement>
model_reader::load_placement(const manifest& from) const {
  auto path = layout::placement_path(dir_, from.placement_hash);
  auto result = read_text_file<placement>(*files_, path);
  if (!result)
    return result;
  if (fingerprint(*result) != from.placement_hash)
    return unfit(path, "it is another placement than its name says");
  cluster_view nodes;
  for (const auto& name : result->nodes())
    nodes.nodes.push_back({name});
  if (auto err = ganglion::check(net_, nodes, *result))
    return unfit(path, explain(err));
  return result;
}

} // namespace ganglion
