// How an engine asks its nodes: every request is on its list of what is owed
// until it is answered, and watch.cpp sees to that. For this folder alone.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/engine/state.hpp"

namespace ganglion {

/// Nothing is called for a run that has ended in the meantime.
template <is_request Request>
void engine_state::ask(node_index node, const Request& x,
                       std::function<void(const answer_to<Request>&)> then,
                       std::function<void(const caf::error&)> otherwise) {
  auto run = now->what->run;
  auto number = ++now->last_owed;
  now->owed[number] = {node, request_rule<Request>::name,
                       request_rule<Request>::wait};
  auto settled = [this, run, number] {
    if (!runs(run))
      return false;
    now->moved = true;
    now->owed.erase(number);
    return true;
  };
  request_from(self, nodes[node].up->link, caf::infinite, x)
    .then(
      [settled, then = std::move(then)](const answer_to<Request>& y) {
        if (settled())
          then(y);
      },
      [settled, otherwise = std::move(otherwise)](const caf::error& why) {
        if (settled())
          otherwise(why);
      });
  look_later();
}

template <is_request Request>
void engine_state::ask_all(const Request& x,
                           std::function<void(const caf::error&)> done) {
  auto missing = std::make_shared<std::size_t>(nodes.size());
  auto failed = std::make_shared<caf::error>();
  auto answered = [missing, failed, done](const caf::error& why) {
    if (why && !*failed)
      *failed = why;
    if (--*missing == 0)
      done(*failed);
  };
  for (node_index i = 0; i < nodes.size(); ++i)
    ask<Request>(
      i, x, [answered](const answer_to<Request>&) { answered({}); }, answered);
}

} // namespace ganglion
