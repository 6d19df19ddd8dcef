// Lines from a terminal, with editing, completion and a history that is kept in
// a file: a thin cover over libedit. One at a time, on the main thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runtime/cli/repl/workspace.hpp"

namespace ganglion::cli {

class line_editor {
public:
  /// `w` outlives it; its signal ends a line that is being typed.
  explicit line_editor(const workspace& w);
  ~line_editor();
  line_editor(const line_editor&) = delete;
  line_editor& operator=(const line_editor&) = delete;

  /// Nothing at the end: Ctrl-D, or a signal. Ctrl-C drops what was typed.
  std::optional<std::string> read();

private:
  struct inside;
  std::unique_ptr<inside> inside_;
};

} // namespace ganglion::cli
