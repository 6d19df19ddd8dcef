#include "runtime/cli/showing/text_view.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

namespace ganglion::cli {

text_view::text_view(const language& with, const std::vector<token_id>& prompt,
                     std::string end_text, bool silent)
  : end_text_(std::move(end_text)), silent_(silent) {
  if (!with.words)
    return;
  words_.emplace(*with.words);
  for (auto x : prompt)
    words_->take(x);
}

bool text_view::take(token_id token) {
  return add(words_ ? words_->take(token) : fmt::format("{} ", token));
}

void text_view::finish() {
  if (words_ && !ended_)
    add(words_->finish());
  show(0);
}

bool text_view::add(const std::string& part) {
  text_ += part;
  auto end = end_text_.empty() ? text_.npos : text_.find(end_text_);
  ended_ = end != text_.npos;
  if (ended_)
    text_.resize(end);
  show(ended_ ? 0 : begun_end());
  return !ended_;
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

generation_listener shown_until(text_view& shown, const stop_signal& stop) {
  generation_listener result;
  result.chosen = [&](token_id x) {
    return shown.take(x) && !stop.requested();
  };
  result.goes_on = [&] { return !stop.requested(); };
  return result;
}

} // namespace ganglion::cli
