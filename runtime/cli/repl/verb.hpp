// What a command of the prompt is, and the list of them. A new one is a file
// with the function that does it and NAME_verb(), which describes it, and a
// line here. Finding and running them is in
// verbs.hpp.
#pragma once

#include <string_view>

#include <caf/error.hpp>

#include "runtime/cli/repl/words.hpp"
#include "runtime/cli/repl/workspace.hpp"

/// In the order of the help.
// clang-format off
#define GANGLION_VERBS(verb)                                                  \
  verb(network)                                                               \
  verb(connect)                                                               \
  verb(disconnect)                                                            \
  verb(deploy)                                                                \
  verb(free)                                                                  \
  verb(where)                                                                 \
  verb(show)                                                                  \
  verb(fire)                                                                  \
  verb(watch)                                                                 \
  verb(generate)                                                              \
  verb(train)                                                                 \
  verb(test)                                                                  \
  verb(confusion)                                                             \
  verb(plot)                                                                  \
  verb(picture)                                                               \
  verb(set)                                                                   \
  verb(ablate)                                                                \
  verb(compare)                                                               \
  verb(plan)                                                                  \
  verb(diff)                                                                  \
  verb(apply)                                                                 \
  verb(move)                                                                  \
  verb(undo)                                                                  \
  verb(save)                                                                  \
  verb(load)                                                                  \
  verb(source)                                                                \
  verb(time)                                                                  \
  verb(help)                                                                  \
  verb(quit)
// clang-format on

namespace ganglion::cli {

/// Gets the words after its name.
using verb_function = caf::error (*)(workspace&, const words&);

struct verb {
  /// What it is about, the same for verbs that the help lists on one line; or
  /// nothing: then it has a line of its own, with its summary.
  std::string_view topic;
  std::string_view name;
  /// What follows the name.
  std::string_view usage;
  /// One line without a point.
  std::string_view summary;
  /// More, in lines of at most 78 characters, or nothing.
  std::string_view text;
  /// A line that works.
  std::string_view example;
  /// Words that may follow, for completion, separated by blanks.
  std::string_view keywords;
  verb_function run;
};

#define GANGLION_DECLARE_VERB(name) const verb& name##_verb();
GANGLION_VERBS(GANGLION_DECLARE_VERB)
#undef GANGLION_DECLARE_VERB

} // namespace ganglion::cli
