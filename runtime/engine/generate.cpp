// How an engine goes on with texts, and rates them: it asks itself, as programs
// do, for what the network makes of the tokens, so that other requests come
// between, and chooses. Where weights or places have changed meanwhile, it
// reads a text again from the start, to the same bits.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/kernel/sampler.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/layers/row_layout.hpp"
#include "runtime/engine/state.hpp"

namespace ganglion {

namespace {

/// More than anybody waits for.
constexpr std::uint64_t most_tokens = std::uint64_t{1} << 48;

caf::error cannot_read(std::string text) {
  return make_failure(errc::bad_argument, std::move(text));
}

caf::error too_many_texts() {
  return make_failure(
    errc::busy, fmt::format("{} texts are under way already: wait for one "
                            "to end",
                            most_conversations - first_own_conversation));
}

/// The rows of tokens that begin at a position.
tensor rows_of(std::span<const token_id> tokens, std::uint64_t position,
               std::uint64_t conversation) {
  matrix result{tokens.size(), layout_columns};
  write_rows(result, 0, tokens, position, conversation);
  return std::move(result).freeze();
}

/// What a text is gone on reading with.
infer next_chunk(const engine_reading& x) {
  auto left = std::span{x.tokens}.subspan(x.forgotten + x.read);
  auto count = std::min<std::uint64_t>(left.size(), x.chunk);
  return {rows_of(left.first(count), x.read, x.conversation), {}};
}

/// What the scores after positions `first` and on say of the tokens there.
void rate_tokens(std::span<const token_id> tokens, std::uint64_t first,
                 const tensor& scores, std::vector<double>& to) {
  for (std::size_t r = 0; r < scores.rows(); ++r)
    if (auto next = first + r + 1; next < tokens.size())
      to[next - 1] = log_probability(scores.row(r), tokens[next]);
}

} // namespace

caf::error engine_state::check_tokens(std::span<const token_id> tokens,
                                      std::uint64_t chunk,
                                      std::uint64_t positions) const {
  if (auto err = not_usable())
    return err;
  auto limits = limits_of(now->net());
  if (!limits)
    return cannot_read("the network reads no tokens: it is no language model");
  if (tokens.empty())
    return cannot_read("the prompt is empty: give a text, or the token that "
                       "begins one");
  if (chunk == 0)
    return cannot_read("a prompt is read in chunks of 1 position or more");
  for (auto x : tokens)
    if (x >= limits->tokens)
      return cannot_read(
        fmt::format("there is no token {}: they are numbered up to {}", x,
                    limits->tokens - 1));
  auto most = longest_text(positions);
  if (tokens.size() > most)
    return cannot_read(
      fmt::format("the prompt has {} tokens, and the model reads {} at most",
                  tokens.size(), most));
  return {};
}

std::uint64_t engine_state::longest_text(std::uint64_t positions) const {
  auto most = limits_of(now->net())->positions;
  if (most == 0)
    most = most_row_numbers;
  return positions > 0 ? std::min(positions, most) : most;
}

caf::error engine_state::check_text(const generate_tokens& x) const {
  if (auto err = check_tokens(x.prompt, x.chunk, x.positions))
    return err;
  if (auto err = check(x.sampling))
    return err;
  if (texts.contains(x.id))
    return make_failure(errc::busy,
                        fmt::format("text {} is under way already: give the "
                                    "next one another number",
                                    x.id));
  return {};
}

engine_state::reading_ptr
engine_state::begin_reading(std::vector<token_id> tokens, std::uint64_t chunk) {
  auto number = first_own_conversation;
  while (readings.contains(number))
    ++number;
  if (number == most_conversations)
    return nullptr;
  auto result = std::make_shared<reading>();
  result->tokens = std::move(tokens);
  result->chunk = std::min<std::uint64_t>(chunk, inference_rows);
  result->conversation = number;
  readings[number] = result;
  return result;
}

void engine_state::end_reading(const reading& x) {
  readings.erase(x.conversation);
}

void engine_state::read_on(const reading_ptr& x) {
  if (x->over)
    return x->done(x, x->over);
  if (*x->stopped)
    return x->done(x, make_failure(errc::cancelled, "the text was stopped"));
  auto begin = x->forgotten + x->read;
  if (begin == x->tokens.size())
    return x->done(x, {});
  auto next = next_chunk(*x);
  auto take = [this, x, begin](const inference& y) {
    // It may have come just before the end of its deployment.
    if (x->over)
      return x->done(x, x->over);
    if (x->seen)
      x->seen(begin, y.outputs);
    x->read += y.outputs.rows();
    x->last = y.outputs.rows(y.outputs.rows() - 1, 1);
    read_on(x);
  };
  auto fail = [this, x](const caf::error& why) {
    if (x->over || why != errc::not_found || x->read == 0)
      return x->done(x, why);
    // All at once: where others train meanwhile, it would never come to an end.
    x->read = 0;
    x->chunk = x->tokens.size();
    read_on(x);
  };
  request_from(self, caf::actor_cast<engine_actor>(self), caf::infinite,
               std::move(next))
    .then(take, fail);
}

engine_state::promise<generated> engine_state::on_generate(generate_tokens& x) {
  auto whose = caf::actor_cast<caf::actor>(self->current_sender());
  auto answer = self->make_response_promise<generated>();
  auto err = check_text(x);
  auto with = err ? nullptr : begin_reading(x.prompt, x.chunk);
  if (!with) {
    answer.deliver(err ? err : too_many_texts());
    return answer;
  }
  auto next = std::make_shared<text>();
  next->what = std::move(x);
  next->answer = answer;
  next->stopped = with->stopped;
  const auto& what = next->what;
  next->positions = longest_text(what.positions);
  next->most = what.prompt.size() + std::min(what.tokens, most_tokens);
  texts[what.id] = next;
  with->done = [this, next](const reading_ptr& y, const caf::error& why) {
    why ? fail_text(next, *y, why) : choose(next, y);
  };
  stop_with(what.told ? what.told : whose, *with);
  if (what.told && what.tells_scores)
    with->seen = [told = what.told, id = what.id](std::uint64_t first,
                                                  const tensor& scores) {
      post_to(told, tokens_read{id, first, scores});
    };
  go_on(next, with);
  return answer;
}

void engine_state::stop_with(const caf::actor& whose, const reading& x) {
  if (whose)
    at_exit_of(whose, [watched = std::weak_ptr{x.stopped}](const caf::error&) {
      if (auto stopped = watched.lock())
        *stopped = true;
    });
}

void engine_state::go_on(const text_ptr& x, const reading_ptr& with) {
  if (*x->stopped)
    return end_text(x, *with, text_end::stopped);
  auto length = with->tokens.size();
  auto full = length - with->forgotten >= x->positions;
  if (length >= x->most || (full && !x->what.slides))
    return end_text(x, *with, text_end::full);
  if (full) {
    with->forgotten = length - (x->positions + 1) / 2;
    with->read = 0;
  }
  read_on(with);
}

void engine_state::choose(const text_ptr& x, const reading_ptr& with) {
  auto position = with->tokens.size();
  // An output may be wider than there are tokens.
  auto tokens = std::min<std::uint64_t>(limits_of(now->net())->tokens,
                                        with->last.columns());
  auto next = sample(with->last.row(0).first(tokens), position,
                     x->what.sampling);
  if (std::int64_t{next} == x->what.last_token)
    return end_text(x, *with, text_end::last_token);
  with->tokens.push_back(next);
  if (x->what.told)
    post_to(x->what.told, token_chosen{x->what.id, position, next});
  go_on(x, with);
}

void engine_state::end_text(const text_ptr& x, const reading& with,
                            text_end why) {
  end_reading(with);
  texts.erase(x->what.id);
  auto prompt = static_cast<std::ptrdiff_t>(x->what.prompt.size());
  x->answer.deliver(generated{
    x->what.id, {with.tokens.begin() + prompt, with.tokens.end()}, why});
}

void engine_state::fail_text(const text_ptr& x, const reading& with,
                             const caf::error& why) {
  if (*x->stopped && now)
    return end_text(x, with, text_end::stopped);
  end_reading(with);
  texts.erase(x->what.id);
  x->answer.deliver(why);
}

void engine_state::on_stop_generating(stop_generating x) {
  if (auto i = texts.find(x.id); i != texts.end())
    *i->second->stopped = true;
}

engine_state::promise<token_scores> engine_state::on_score(score_tokens& x) {
  auto whose = caf::actor_cast<caf::actor>(self->current_sender());
  auto answer = self->make_response_promise<token_scores>();
  auto err = check_tokens(x.tokens, x.chunk, 0);
  if (!err && x.tokens.size() < 2)
    err = cannot_read("a text of one token is neither likely nor unlikely: "
                      "give two or more");
  auto with = err ? nullptr : begin_reading(std::move(x.tokens), x.chunk);
  if (!with) {
    answer.deliver(err ? err : too_many_texts());
    return answer;
  }
  auto result = std::make_shared<token_scores>();
  result->log_probabilities.resize(with->tokens.size() - 1);
  with->seen = [result, y = with.get()](std::uint64_t first,
                                        const tensor& scores) {
    rate_tokens(y->tokens, first, scores, result->log_probabilities);
  };
  with->done = [this, answer, result](const reading_ptr& y,
                                      const caf::error& why) mutable {
    end_reading(*y);
    if (why)
      answer.deliver(why);
    else
      answer.deliver(std::move(*result));
  };
  stop_with(whose, *with);
  read_on(with);
  return answer;
}

} // namespace ganglion
