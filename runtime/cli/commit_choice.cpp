#include "runtime/cli/commit_choice.hpp"

#include <sys/stat.h>

#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "metadata/text/input.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/model_store/store/layout.hpp"

namespace ganglion::cli {

caf::expected<manifest> find_named(const model_reader& from,
                                   const std::string& text) {
  if (text == "best")
    return from.best();
  auto id = parse_commit(text);
  return id ? from.find(*id) : id.error();
}

std::optional<commit_choice::file_stamp>
commit_choice::stamp_of(const std::string& dir) {
  // Opened, since NFS may answer a mere stat from memory.
  auto path = layout::network_path(dir);
  auto file = open_input(path, errc::bad_model);
  struct stat x = {};
  if (!file || ::stat(path.c_str(), &x) != 0)
    return std::nullopt;
  return file_stamp{x.st_dev, x.st_ino, x.st_size, x.st_mtim.tv_sec,
                    x.st_mtim.tv_nsec};
}

caf::expected<commit_choice> commit_choice::open(file_system& files,
                                                 const std::string& dir) {
  // First: what is put there meanwhile is another file, then.
  auto stamp = stamp_of(dir);
  auto reader = model_reader::open(files, dir);
  if (!reader)
    return reader.error();
  return commit_choice{files, std::move(*reader), stamp};
}

caf::expected<bool> commit_choice::renew() {
  const auto& dir = reader_.dir();
  auto stamp = stamp_of(dir);
  if (stamp && stamp == stamp_)
    return false;
  auto now = open(*files_, dir);
  if (!now && now.error() == errc::not_found)
    return gone();
  if (!now)
    return now.error();
  if (now->reader_.network_hash() != reader_.network_hash())
    return make_failure(errc::bad_argument,
                        fmt::format("'{}' holds a model of another network "
                                    "now: start 'ganglion predict' anew to "
                                    "ask it",
                                    dir));
  *this = std::move(*now);
  return true;
}

caf::expected<version> commit_choice::named(const std::string& text) {
  auto what = find_named(reader_, text);
  if (!what)
    return what.error();
  return pinned(std::move(*what));
}

caf::expected<version> commit_choice::newest(commit_id mine) {
  for (int i = 1;; ++i) {
    auto found = reader_.newest(verification::manifest, freshness::preferred,
                                damaged_);
    if (!found)
      return found.error();
    for (const auto& x : found->skipped)
      warn_once(x.id, x.why);
    if (found->what.id == mine)
      return version{std::move(found->what), {}};
    auto result = pinned(std::move(found->what));
    if (result || result.error() != errc::not_found || i == attempts)
      return result;
  }
}

caf::error commit_choice::reason(caf::error err) const {
  auto there = model_reader::open(*files_, reader_.dir());
  return !there && there.error() == errc::not_found ? gone() : std::move(err);
}

caf::error commit_choice::gone() const {
  return make_failure(errc::not_found,
                      fmt::format("model '{}' is gone; waiting until it is "
                                  "back",
                                  reader_.dir()));
}

void commit_choice::skip(commit_id id, caf::error why) {
  damaged_.push_back({id, std::move(why)});
}

void commit_choice::warn_once(commit_id id, const caf::error& why) {
  if (warned_.insert(id).second)
    print_aside(fmt::format("ganglion: commit {} is skipped: {}", to_string(id),
                            explain(why)));
}

bool commit_choice::is_gone(commit_id id) const {
  auto again = reader_.load_manifest(id);
  return !again && again.error() == errc::not_found;
}

caf::expected<version> commit_choice::pinned(manifest what) {
  auto pin = reader_.pin(what.id);
  if (pin)
    return version{std::move(what), std::move(*pin)};
  if (pin.error() == errc::not_found)
    return pin.error();
  return version{std::move(what), {}}; // a model that we may only read
}

} // namespace ganglion::cli
