// How predict follows a model: looks for newer commits, and waits for nodes and
// for a model that are gone.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/cli/predictor.hpp"
#include "runtime/cli/showing/report.hpp"

namespace ganglion::cli {

namespace {

/// How often nodes and model are looked at.
constexpr auto look_interval = std::chrono::seconds{1};

/// The longest time between two attempts to find nodes again.
constexpr auto longest_pause = std::chrono::seconds{10};

/// Whether waiting does not help: the nodes are there, and others than before.
bool is_final(const caf::error& err) {
  return err == errc::incompatible || err == errc::bad_argument
         || err == errc::bad_placement || err == errc::bad_network
         || err == errc::not_found;
}

} // namespace

void trouble::say(const std::string& text) {
  if (text != std::exchange(text_, text))
    print_aside("ganglion: " + text);
}

bool trouble::end() {
  return !std::exchange(text_, {}).empty();
}

caf::expected<version> predictor::first() {
  if (!text_.commit.empty())
    return from_.named(text_.commit);
  auto result = from_.newest();
  if (!text_.follow || result)
    return result;
  // A model that goes while it is listed seems to lack a part.
  if (from_.reason(result.error()) != errc::not_found)
    return result;
  while (stop_.pause(look_interval)) {
    auto next = find();
    if (!next)
      return next.error();
    if (*next)
      return std::move(**next);
  }
  return result;
}

caf::error predictor::follow() {
  while (stop_.pause(look_interval)) {
    if (auto err = look_at_nodes())
      return err;
    if (auto err = look_at_model())
      return err;
  }
  return {};
}

caf::error predictor::look_at_nodes() {
  if (on_) {
    lost();
    return {};
  }
  if (clock::now() < next_try_)
    return {};
  auto err = open();
  if (!err || stop_.requested())
    return {};
  if (is_final(err))
    return err;
  if (auto text = explain(err); !names_lost_node(text))
    with_nodes_.say("still waiting: " + text);
  pause_ = std::min<clock::duration>(2 * pause_, longest_pause);
  next_try_ = clock::now() + pause_;
  return {};
}

bool predictor::lost() {
  auto why = on_->check();
  if (why)
    wait_for_nodes(why);
  return static_cast<bool>(why);
}

void predictor::wait_for_nodes(const caf::error& why) {
  lost_ = explain(why);
  with_nodes_.say(lost_ + "; waiting until it is back");
  waiting_ = true;
  loaded_ = false;
  on_.reset();
  pause_ = look_interval;
  next_try_ = clock::now() + pause_;
}

bool predictor::names_lost_node(const std::string& text) const {
  return std::ranges::any_of(nodes_, [&](const node_info& x) {
    return text.find(x.address) != text.npos
           && lost_.find(fmt::format("node '{}'", x.name)) != lost_.npos;
  });
}

caf::expected<std::optional<version>> predictor::find() {
  auto renewed = from_.renew();
  if (!renewed && renewed.error() == errc::bad_argument)
    return renewed.error();
  if (!renewed) {
    with_model_.say(explain(renewed.error()));
    return std::optional<version>{};
  }
  renewed_ = renewed_ || *renewed;
  auto mine = version_ && !renewed_ ? version_->what.id : commit_id{};
  auto next = from_.newest(mine);
  if (!next) {
    // Before the first commit there is nothing wrong with a model without one.
    if (version_ || next.error() != errc::not_found)
      with_model_.say(explain(from_.reason(next.error())));
    return std::optional<version>{};
  }
  if (with_model_.end())
    print_aside(fmt::format("ganglion: model '{}' can be read again",
                            from_.reader().dir()));
  return std::optional{std::move(*next)};
}

caf::error predictor::look_at_model() {
  auto next = find();
  if (!next)
    return next.error();
  return *next && on_ ? take(std::move(**next)) : caf::error{};
}

caf::error predictor::take(version next) {
  auto id = next.what.id;
  auto served = version_ && version_->what == next.what;
  auto renewed = std::exchange(renewed_, false);
  if (renewed)
    failed_ = {};
  if (served) {
    if (renewed)
      version_.emplace(std::move(next)); // with a pin where the model is now
    return loaded_ ? caf::error{} : reload();
  }
  if (loaded_ && id == failed_)
    return {};
  auto loaded = load_newest(std::move(next));
  if (!loaded) {
    if (lost())
      return {};
    from_.warn_once(id, loaded.error());
    failed_ = id;
    return reload();
  }
  // Where newer ones are damaged, it is the one that is served.
  shown_ = shown_ && version_ && version_->what == loaded->what;
  version_.emplace(std::move(*loaded));
  return serve();
}

caf::error predictor::reload() {
  auto err = version_ ? load(*version_) : caf::error{};
  if (!err && version_)
    return serve();
  if (err && !lost()) {
    with_loading_.say(explain(err) + "; waiting for a commit to load");
    waiting_ = true;
  }
  return {};
}

caf::error predictor::serve() {
  with_nodes_.end();
  with_loading_.end();
  if (std::exchange(waiting_, false))
    print_aside(fmt::format("ganglion: going on with commit {}",
                            to_string(version_->what.id)));
  if (shown_)
    return {};
  auto err = show();
  shown_ = !err;
  return err && lost() ? caf::error{} : err;
}

} // namespace ganglion::cli
