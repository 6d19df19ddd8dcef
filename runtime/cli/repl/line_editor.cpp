#include "runtime/cli/repl/line_editor.hpp"

#include <fcntl.h>
#include <histedit.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdlib>
#include <cwchar>
#include <filesystem>

#include <fmt/format.h>

#include "runtime/cli/repl/completion.hpp"
#include "runtime/cli/showing/terminal.hpp"

namespace ganglion::cli {

namespace {

constexpr int history_length = 1000;
constexpr wchar_t ctrl_c = 3;

/// Where programs keep what is neither data nor settings; see the XDG base
/// directory specification. Empty where there is no home.
std::string history_path() {
  auto state = std::getenv("XDG_STATE_HOME");
  auto home = std::getenv("HOME");
  std::filesystem::path dir;
  if (state && *state == '/')
    dir = state;
  else if (home && *home == '/')
    dir = std::filesystem::path{home} / ".local" / "state";
  else
    return {};
  dir /= "ganglion";
  std::error_code failed;
  std::filesystem::create_directories(dir, failed);
  return failed ? std::string{} : (dir / "repl_history").string();
}

char* prompt_of(EditLine*) {
  static char text[] = "ganglion> ";
  return text;
}

void print_columns(const std::vector<std::string>& xs) {
  std::size_t width = 0;
  for (const auto& x : xs)
    width = std::max(width, x.size() + 2);
  auto columns = std::max<std::size_t>(terminal_columns(STDOUT_FILENO) / width,
                                       1);
  for (std::size_t i = 0; i < xs.size(); ++i)
    fmt::print("{}{:<{}}", i % columns == 0 ? "\n" : "", xs[i], width);
  fmt::print("\n");
  std::fflush(stdout);
}

} // namespace

struct line_editor::inside {
  const workspace& w;
  EditLine* edit = nullptr;
  History* past = nullptr;
  std::string file;
  bool cancelled = false;
  /// The terminal once more, so that reads do not block.
  int keys = -1;

  static inside& of(EditLine* edit) {
    inside* result = nullptr;
    el_get(edit, EL_CLIENTDATA, &result);
    return *result;
  }

  /// One character of any length; waits for the signal, too.
  static int read_char(EditLine* edit, wchar_t* out) {
    auto& self = of(edit);
    std::mbstate_t state{};
    for (;;) {
      char byte = 0;
      if (!self.w.stop.wait_for(self.keys)) {
        // Ctrl-C comes as a signal, and goes on as the key that it is.
        *out = ctrl_c;
        return self.w.stop.forget() ? 1 : 0;
      }
      auto count = ::read(self.keys, &byte, 1);
      // Ctrl-C takes back what was typed and not read, even after the wait.
      if (count < 0 && (errno == EAGAIN || errno == EINTR))
        continue;
      if (count != 1)
        return 0;
      auto got = std::mbrtowc(out, &byte, 1, &state);
      if (got == 0 || got == 1)
        return 1;
      if (got == static_cast<std::size_t>(-1))
        state = {};
    }
  }

  static unsigned char complete(EditLine* edit, int) {
    auto& self = of(edit);
    auto info = el_line(edit);
    std::string_view line{
      info->buffer, static_cast<std::size_t>(info->cursor - info->buffer)};
    auto word = last_word(line);
    auto found = completions(self.w, line);
    if (found.empty())
      return CC_REFRESH_BEEP;
    auto more = common_start(found).substr(word.size());
    if (found.size() == 1 && is_whole(self.w, found[0]))
      more += ' ';
    if (!more.empty())
      return el_insertstr(edit, more.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
    print_columns(found);
    return CC_REDISPLAY;
  }

  static unsigned char cancel(EditLine* edit, int) {
    auto& self = of(edit);
    self.cancelled = true;
    auto info = el_line(edit);
    el_cursor(edit, static_cast<int>(info->lastchar - info->cursor));
    info = el_line(edit);
    el_deletestr(edit, static_cast<int>(info->cursor - info->buffer));
    fmt::print("^C\n");
    std::fflush(stdout);
    return CC_NEWLINE;
  }
};

line_editor::line_editor(const workspace& w)
  : inside_(std::make_unique<inside>(inside{w})) {
  std::setlocale(LC_CTYPE, "");
  auto& x = *inside_;
  auto terminal = ::ttyname(STDIN_FILENO);
  x.keys = ::open(terminal ? terminal : "/dev/tty",
                  O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (x.keys < 0)
    x.keys = ::dup(STDIN_FILENO);
  x.edit = el_init("ganglion", stdin, stdout, stderr);
  x.past = history_init();
  HistEvent event;
  ::history(x.past, &event, H_SETSIZE, history_length);
  ::history(x.past, &event, H_SETUNIQUE, 1);
  x.file = history_path();
  if (!x.file.empty())
    ::history(x.past, &event, H_LOAD, x.file.c_str());
  el_set(x.edit, EL_CLIENTDATA, &x);
  el_set(x.edit, EL_PROMPT, prompt_of);
  el_set(x.edit, EL_EDITOR, "emacs");
  el_set(x.edit, EL_HIST, ::history, x.past);
  el_set(x.edit, EL_GETCFN, inside::read_char);
  el_set(x.edit, EL_ADDFN, "ganglion-complete", "Complete a word",
         inside::complete);
  el_set(x.edit, EL_ADDFN, "ganglion-cancel", "Drop the line", inside::cancel);
  el_set(x.edit, EL_BIND, "^I", "ganglion-complete", nullptr);
  el_set(x.edit, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_set(x.edit, EL_BIND, "^C", "ganglion-cancel", nullptr);
  el_source(x.edit, nullptr);
}

line_editor::~line_editor() {
  auto& x = *inside_;
  HistEvent event;
  if (!x.file.empty())
    ::history(x.past, &event, H_SAVE, x.file.c_str());
  history_end(x.past);
  el_end(x.edit);
  ::close(x.keys);
}

std::optional<std::string> line_editor::read() {
  auto& x = *inside_;
  for (;;) {
    int count = 0;
    x.cancelled = false;
    // Or Ctrl-D, typed between the prompt and the first read, would be lost.
    el_set(x.edit, EL_PREP_TERM, 1);
    auto line = el_gets(x.edit, &count);
    if (x.cancelled)
      continue;
    if (!line || count <= 0)
      return std::nullopt;
    std::string result{line, static_cast<std::size_t>(count)};
    while (result.ends_with('\n'))
      result.pop_back();
    if (result.find_first_not_of(" \t") != std::string::npos) {
      HistEvent event;
      ::history(x.past, &event, H_ENTER, result.c_str());
    }
    return result;
  }
}

} // namespace ganglion::cli
