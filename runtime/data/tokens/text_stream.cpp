#include "runtime/data/tokens/text_stream.hpp"

#include "runtime/data/tokens/characters.hpp"

namespace ganglion {

std::string text_stream::take(token_id token) {
  waiting_ += with_.decode(token, so_far_);
  auto whole = waiting_.size() - characters::begun_at_end(waiting_);
  auto result = characters::made_valid(waiting_.substr(0, whole));
  waiting_.erase(0, whole);
  return result;
}

std::string text_stream::finish() {
  auto result = characters::made_valid(waiting_);
  waiting_.clear();
  return result;
}

} // namespace ganglion
