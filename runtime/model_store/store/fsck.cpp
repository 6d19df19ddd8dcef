#include <algorithm>
#include <map>
#include <set>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/model_store/formats/text_file.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "runtime/model_store/store/maintenance.hpp"
#include "runtime/model_store/store/shard.hpp"

namespace ganglion {

namespace {

/// Errors about one file become findings; others end the check.
bool is_finding(const caf::error& err) {
  return err == errc::bad_model || err == errc::not_found
         || err == errc::incompatible;
}

class checker {
public:
  checker(file_system& files, const model_reader& reader,
          const work_observer& observer)
    : files_(files), reader_(reader), dir_(reader.dir()), observer_(observer) {
    // nop
  }

  caf::expected<fsck_report> run() {
    auto past = read_history(files_, dir_, freshness::preferred);
    if (!past)
      return past.error();
    result_.damaged = past->damaged;
    auto all = past->counting.size() + past->voided.size();
    for (auto ids : {std::pair{&past->counting, false}, {&past->voided, true}})
      for (auto id : *ids.first) {
        if (auto err = check_commit(id, ids.second))
          return err;
        if (observer_)
          observer_(result_.commits.size(), all);
      }
    std::ranges::sort(result_.commits, std::ranges::greater{},
                      &fsck_report::commit::id);
    if (auto err = check_placements())
      return err;
    if (auto err = check_leases())
      return err;
    if (auto err = look_around())
      return err;
    return std::move(result_);
  }

private:
  caf::error check_commit(commit_id id, bool voided) {
    auto what = reader_.load_manifest(id);
    fsck_report::commit line{id, voided, {}};
    if (!what) {
      if (!is_finding(what.error()))
        return what.error();
      line.why = what.error();
      result_.damaged.push_back({layout::manifest_path(dir_, id), line.why});
    } else if (auto err = check_files(*what, line.why)) {
      return err;
    }
    if (!line.why && !voided && !result_.newest_whole)
      result_.newest_whole = id;
    result_.commits.push_back(std::move(line));
    return {};
  }

  /// Puts the first finding into `why`.
  caf::error check_files(const manifest& what, caf::error& why) {
    placements_.insert(what.placement_hash);
    why = reader_.check(what, verification::headers);
    if (why && !is_finding(why))
      return why;
    for (const auto& entry : what.shards) {
      shards_.insert(entry.name);
      auto err = check_shard(entry);
      if (err && !is_finding(err))
        return err;
      if (err && !why)
        why = err;
    }
    return {};
  }

  /// Each file once, however many commits name it.
  caf::error check_shard(const shard_entry& entry) {
    auto [known, first] = checked_.try_emplace({entry.name, entry.checksum});
    if (!first)
      return known->second;
    auto shard = shard_reader::open(files_, dir_, reader_.network_hash(),
                                    entry);
    known->second = shard ? shard->verify() : shard.error();
    if (is_finding(known->second))
      result_.damaged.push_back(
        {layout::shard_path(dir_, entry.name), known->second});
    return known->second;
  }

  template <class T>
  caf::error check_text(const std::string& path) {
    auto read = read_text_file<T>(files_, path);
    if (!read && !is_finding(read.error()))
      return read.error();
    if (!read)
      result_.damaged.push_back({path, read.error()});
    return {};
  }

  caf::error check_placements() {
    for (const auto& hash : placements_)
      if (auto err = check_text<placement>(layout::placement_path(dir_, hash)))
        return err;
    return {};
  }

  caf::error check_leases() {
    auto names = files_.list(layout::leases(dir_));
    if (!names)
      return names.error();
    for (const auto& name : *names)
      if (auto fence = layout::fence_of_lease(name))
        if (auto err = check_text<lease_record>(
              layout::lease_path(dir_, *fence)))
          return err;
    return {};
  }

  /// What nothing refers to.
  caf::error look_around() {
    auto belongs = [&](const std::string& part, const std::string& name) {
      if (is_kept_by_nfs(name)) // a locked file's temporary name, for instance
        return true;
      if (part == layout::shards(dir_))
        return shards_.contains(name);
      if (part == layout::placements(dir_))
        return placements_.contains(name);
      if (part == layout::manifests(dir_))
        return from_file_name(name).has_value();
      if (part == layout::pins(dir_))
        return layout::commit_of_pin(name).has_value();
      return layout::fence_of_lease(name).has_value()
             || layout::fence_of_base(name).has_value();
    };
    for (const auto& part :
         {layout::placements(dir_), layout::shards(dir_),
          layout::manifests(dir_), layout::leases(dir_), layout::pins(dir_)}) {
      auto names = files_.list(part);
      if (!names)
        return names.error();
      std::ranges::sort(*names);
      for (const auto& name : *names)
        if (!belongs(part, name))
          result_.orphaned.push_back(part + "/" + name);
    }
    return {};
  }

  file_system& files_;
  const model_reader& reader_;
  const std::string& dir_;
  const work_observer& observer_;
  fsck_report result_;
  std::set<std::string> placements_;
  std::set<std::string> shards_;
  std::map<std::pair<std::string, std::uint64_t>, caf::error> checked_;
};

} // namespace

caf::expected<fsck_report> fsck(file_system& files, const std::string& dir,
                                const work_observer& observer) {
  auto reader = model_reader::open(files, dir);
  if (!reader)
    return reader.error();
  return checker{files, *reader, observer}.run();
}

} // namespace ganglion
