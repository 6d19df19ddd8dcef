#include "runtime/cli/repl/workspace.hpp"

#include <algorithm>

#include "metadata/error.hpp"

namespace ganglion::cli {

caf::error workspace::need_network() const {
  if (net)
    return {};
  return make_failure(errc::bad_argument,
                      "there is no network yet: begin with, for example, "
                      "network mlp:4-8-3");
}

caf::error workspace::need_deployment() const {
  if (auto err = need_network())
    return err;
  if (on)
    return {};
  return make_failure(errc::bad_argument,
                      "the network is not deployed yet: deploy it with, for "
                      "example, deploy inside:3");
}

caf::error workspace::need_untouched() const {
  if (!on || deeds.size() <= std::max(given, kept))
    return {};
  return make_failure(
    errc::bad_argument,
    "the deployed network was trained or changed: save it, or "
    "free it, first");
}

void workspace::free() {
  on.reset();
  planned.reset();
  past.clear();
  losses = {};
  asked.reset();
  origin.reset();
  whole_blocks = true;
  deeds.clear();
  given = 0;
  kept = 0;
  kept_in.clear();
  watched.clear();
  position.reset();
  last_input = {};
  last_ticks = 0;
  last_outputs = {};
}

} // namespace ganglion::cli
