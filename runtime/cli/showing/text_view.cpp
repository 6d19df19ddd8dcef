#include "runtime/cli/showing/text_view.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

namespace ganglion::cli {

text_view::text_view(const language& with, const std::vector<token_id>& prompt,
                     std::string end_text, bool silent)
  : with_(with),
    end_text_(std::move(end_text)),
    silent_(silent),
    begins_(!with.words || with.words->decode(prompt).empty()) {
  // nop
}

bool text_view::take(token_id token) {
  text_ += with_.words ? with_.words->decode(token, begins_)
                       : fmt::format("{} ", token);
  begins_ = begins_ && text_.empty();
  auto end = end_text_.empty() ? text_.npos : text_.find(end_text_);
  auto ends = end != text_.npos;
  if (ends)
    text_.resize(end);
  show(ends ? 0 : begun_end());
  return !ends;
}

std::size_t text_view::begun_end() const {
  for (auto count = std::min(end_text_.size(), text_.size()); count > 0;
       --count)
    if (text_.ends_with(end_text_.substr(0, count)))
      return count;
  return 0;
}

void text_view::show(std::size_t held_back) {
  auto until = text_.size() - held_back;
  if (silent_ || until <= shown_)
    return;
  fmt::print("{}", text_.substr(shown_, until - shown_));
  std::fflush(stdout);
  shown_ = until;
}

} // namespace ganglion::cli
