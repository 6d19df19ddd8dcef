#include "runtime/cli/commit_choice.hpp"

#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/messages.hpp"
#include "runtime/cli/report.hpp"

namespace ganglion::cli {

caf::expected<version> commit_choice::named(const std::string& text) {
  auto id = parse_commit(text);
  if (!id)
    return id.error();
  auto what = reader_.find(*id);
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
