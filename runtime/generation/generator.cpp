#include "runtime/generation/generator.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <variant>

#include <caf/event_based_actor.hpp>

#include "metadata/caf_compat.hpp"

namespace ganglion {

namespace {

using news = std::variant<token_chosen, tokens_read, generated, caf::error>;

/// From an actor to a thread that waits.
class news_queue {
public:
  void put(news x) {
    std::lock_guard guard{mutex_};
    items_.push_back(std::move(x));
    came_.notify_one();
  }

  news take() {
    std::unique_lock guard{mutex_};
    came_.wait(guard, [this] { return !items_.empty(); });
    auto result = std::move(items_.front());
    items_.pop_front();
    return result;
  }

private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<news> items_;
};

/// Asks in its own name, so that tokens and the end come in their order.
caf::behavior listen(caf::event_based_actor* self, const engine_actor& engine,
                     generate_tokens what,
                     const std::shared_ptr<news_queue>& to) {
  what.told = caf::actor_cast<caf::actor>(self);
  auto end = [self, to](auto& x) {
    to->put(std::move(x));
    self->quit();
  };
  request_from(self, engine, caf::infinite, std::move(what))
    .then([end](generated& x) { end(x); },
          [end](caf::error& why) { end(why); });
  return {
    [to](token_chosen x) { to->put(x); },
    [to](tokens_read& x) { to->put(std::move(x)); },
  };
}

} // namespace

caf::expected<generated> generate(caf::scoped_actor& self,
                                  const engine_actor& engine,
                                  generate_tokens what,
                                  const generation_listener& told) {
  auto to = std::make_shared<news_queue>();
  auto id = what.id;
  what.tells_scores = static_cast<bool>(told.read);
  self->spawn(listen, engine, std::move(what), to);
  std::uint64_t taken = 0;
  auto ended = false;
  for (;;) {
    auto next = to->take();
    if (auto* x = std::get_if<tokens_read>(&next); x && !ended)
      told.read(x->first, x->scores);
    if (auto* x = std::get_if<token_chosen>(&next); x && !ended) {
      ++taken;
      ended = told.chosen && !told.chosen(x->token);
      if (ended)
        post_to(engine, stop_generating{id});
    }
    if (auto* why = std::get_if<caf::error>(&next))
      return std::move(*why);
    if (auto* x = std::get_if<generated>(&next)) {
      // It may have chosen more before it heard of the end.
      if (ended)
        *x = {id,
              {x->tokens.begin(), x->tokens.begin() + taken},
              text_end::stopped};
      return std::move(*x);
    }
  }
}

} // namespace ganglion
