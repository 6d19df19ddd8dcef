// What every actor of a deployment does around each message: it says that it is
// at work (see work_meter.hpp), takes part in a drill, and tells its node why
// it ends where a handler throws. For the actors' own make_behavior; no state,
// except for what the drill counts.
#pragma once

#include <cstdint>
#include <exception>
#include <type_traits>

#include <caf/error.hpp>

#include "actors/drill.hpp"
#include "actors/kernel/work_meter.hpp"
#include "metadata/messages/flow_messages.hpp"

namespace ganglion {

/// Who works, for whom.
struct duty {
  work_meter& meter;
  part_kind kind = part_kind::group;
  /// See work_code.
  std::uint32_t index = 0;
  /// Null where there is none.
  drill* exercise = nullptr;
};

/// What a handler threw, as an error.
caf::error error_of(const std::exception_ptr& thrown);

/// A handler for make_behavior. `State` has a `duty my_duty() const`.
template <class State, class Result, class Argument>
auto on_duty(State* state, Result (State::*handle)(Argument)) {
  return [state, handle](Argument x) -> Result {
    auto mine = state->my_duty();
    work_scope at_work{mine.meter, work_code(mine.kind, mine.index)};
    if constexpr (std::is_void_v<Result>)
      if (mine.exercise && mine.exercise->loses_message(mine.kind))
        return;
    return (state->*handle)(static_cast<Argument>(x));
  };
}

/// Calls `tell` with the error when a handler of this actor has thrown, which
/// ends the actor.
template <class Self, class F>
void when_it_throws(Self* self, F tell) {
  self->set_exception_handler([tell](std::exception_ptr& thrown) -> caf::error {
    auto why = error_of(thrown);
    tell(why);
    return why;
  });
}

} // namespace ganglion
