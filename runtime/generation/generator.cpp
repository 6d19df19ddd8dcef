#include "runtime/generation/generator.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
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

  /// Nothing where it takes longer than a moment.
  std::optional<news> take() {
    constexpr std::chrono::milliseconds moment{100};
    std::unique_lock guard{mutex_};
    if (!came_.wait_for(guard, moment, [this] { return !items_.empty(); }))
      return std::nullopt;
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

/// What the caller's thread does with news, until the end.
class told_text {
public:
  told_text(const engine_actor& engine, std::uint64_t id,
            const generation_listener& told)
    : engine_(engine), id_(id), told_(told) {
    // nop
  }

  void take(const token_chosen& x) {
    if (stopped_)
      return;
    ++taken_;
    if (told_.chosen && !told_.chosen(x.token))
      stop();
  }

  void take(const tokens_read& x) {
    if (!stopped_)
      told_.read(x.first, x.scores);
  }

  void take(generated& x) {
    // It may have chosen more before it heard of the end.
    if (stopped_)
      x = {id_,
           {x.tokens.begin(),
            x.tokens.begin() + static_cast<std::ptrdiff_t>(taken_)},
           text_end::stopped};
    made_ = std::move(x);
    over_ = true;
  }

  void take(caf::error& why) {
    why_ = std::move(why);
    over_ = true;
  }

  void wait() {
    if (!stopped_ && told_.goes_on && !told_.goes_on())
      stop();
  }

  [[nodiscard]] bool over() const noexcept {
    return over_;
  }

  caf::expected<generated> end() {
    if (why_)
      return std::move(why_);
    return std::move(made_);
  }

private:
  void stop() {
    stopped_ = true;
    post_to(engine_, stop_generating{id_});
  }

  const engine_actor& engine_;
  std::uint64_t id_;
  const generation_listener& told_;
  std::uint64_t taken_ = 0;
  bool stopped_ = false;
  bool over_ = false;
  generated made_;
  caf::error why_;
};

} // namespace

caf::expected<generated> generate(caf::scoped_actor& self,
                                  const engine_actor& engine,
                                  generate_tokens what,
                                  const generation_listener& told) {
  auto to = std::make_shared<news_queue>();
  told_text text{engine, what.id, told};
  what.tells_scores = static_cast<bool>(told.read);
  self->spawn(listen, engine, std::move(what), to);
  while (!text.over()) {
    auto next = to->take();
    if (next)
      std::visit([&](auto& x) { text.take(x); }, *next);
    else
      text.wait();
  }
  return text.end();
}

} // namespace ganglion
