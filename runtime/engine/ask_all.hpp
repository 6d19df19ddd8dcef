// How an engine asks all its nodes the same. For this folder alone.
#pragma once

#include <memory>
#include <utility>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/engine/state.hpp"

namespace ganglion {

template <class Answer, class Request>
void engine_state::ask_nodes(const Request& x,
                             std::function<void(const caf::error&)> done) {
  auto missing = std::make_shared<std::size_t>(nodes.size());
  auto failed = std::make_shared<caf::error>();
  auto run = deployment.run;
  auto answered = [=, this](const caf::error& why) {
    if (why && !*failed)
      *failed = why;
    if (--*missing > 0)
      return;
    done(failure ? failure
         : deployment.run == run
           ? *failed
           : make_failure(errc::cancelled, "the run was stopped"));
  };
  // Long enough to fetch all that moves to a node.
  for (const auto& y : nodes)
    request_from(self, y.up->link, std::chrono::seconds{600}, x)
      .then([answered](const Answer&) { answered({}); }, answered);
}

} // namespace ganglion
