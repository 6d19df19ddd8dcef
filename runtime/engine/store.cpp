// How an engine has its nodes write and read a model. Parameters do not come
// this way: what does is names of shards, and whether all went well.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/engine/ask_all.hpp"

namespace ganglion {

namespace {

/// Time for a node to find or read its part of a model; the link to it has a
/// slightly shorter limit.
constexpr auto storage_limit = std::chrono::seconds{610};

caf::error not_kept(std::uint64_t step) {
  return make_failure(errc::not_found,
                      fmt::format("the weights of step {} were not kept, or "
                                  "were asked for before: send train_step with "
                                  "'keep' first",
                                  step));
}

} // namespace

engine_state::promise<model_opened> engine_state::on_open(open_model& x) {
  auto answer = self->make_response_promise<model_opened>();
  if (auto err = not_running()) {
    answer.deliver(std::move(err));
    return answer;
  }
  model_open = false;
  auto missing = std::make_shared<std::size_t>(nodes.size());
  open_store request{deployment.run, std::move(x.model), x.fence};
  for (const auto& y : nodes)
    request_from(self, y.up->link, storage_limit, request)
      .then(
        [=, this](const store_opened&) mutable {
          if (--*missing > 0 || deployment.run != request.run)
            return;
          model_open = true;
          answer.deliver(model_opened{nodes.size()});
        },
        [=](const caf::error& why) mutable { answer.deliver(why); });
  return answer;
}

void engine_state::on_written(const shards_written& x) {
  auto i = keeps.find(x.step);
  if (x.run != deployment.run || i == keeps.end() || i->second.missing == 0)
    return;
  auto& step = i->second;
  step.shards.insert(step.shards.end(), x.shards.begin(), x.shards.end());
  if (!x.failure.text.empty())
    step.why = make_failure(errc::system, x.failure);
  if (--step.missing == 0)
    serve_shards(x.step);
}

engine_state::promise<kept_shards> engine_state::on_shards(get_shards x) {
  auto answer = self->make_response_promise<kept_shards>();
  auto i = keeps.find(x.step);
  if (failure || i == keeps.end() || i->second.answer) {
    answer.deliver(failure ? failure : not_kept(x.step));
    return answer;
  }
  i->second.answer = answer;
  serve_shards(x.step);
  return answer;
}

engine_state::promise<weights_kept> engine_state::on_keep() {
  return enqueue_query<weights_kept>([this](promise<weights_kept> answer) {
    caf::error err;
    if (!model_open)
      err = make_failure(errc::bad_argument,
                         "there is no model to keep weights in: send "
                         "open_model first");
    else if (keeps.contains(steps))
      err = check_keeps();
    if (err) {
      answer.deliver(std::move(err));
      return query_done();
    }
    keeps[steps].missing = working_nodes;
    auto kept = [=, this](const caf::error& why) mutable {
      if (why)
        keeps.erase(steps);
      if (why)
        answer.deliver(why);
      else
        answer.deliver(weights_kept{steps});
      if (!not_running())
        query_done();
    };
    ask_nodes<step_kept>(keep_step{deployment.run, steps}, std::move(kept));
  });
}

void engine_state::serve_shards(std::uint64_t step) {
  auto i = keeps.find(step);
  auto& x = i->second;
  if (x.missing > 0 || !x.answer)
    return;
  if (x.why)
    x.answer->deliver(x.why);
  else
    x.answer->deliver(kept_shards{step, std::move(x.shards)});
  keeps.erase(i);
}

void engine_state::drop_keeps(const caf::error& why) {
  for (auto& [step, x] : keeps)
    if (x.answer)
      x.answer->deliver(why);
  keeps.clear();
  model_open = false;
}

engine_state::promise<commit_loaded> engine_state::on_load(load_commit& x) {
  load_shards request{0, std::move(x.model), x.commit, x.weights_only};
  return enqueue_query<commit_loaded>(
    [this, request](promise<commit_loaded> answer) mutable {
      request.run = deployment.run;
      // All of them must be through, with or without success, before anybody
      // computes again.
      auto missing = std::make_shared<std::size_t>(nodes.size());
      auto failed = std::make_shared<caf::error>();
      auto done = [=, this](const caf::error& why) mutable {
        if (why && !*failed)
          *failed = why;
        if (--*missing > 0 || deployment.run != request.run || failure)
          return;
        end_load(request.commit, *failed, std::move(answer));
      };
      for (const auto& y : nodes)
        request_from(self, y.up->link, storage_limit, request)
          .then([done](const shards_loaded&) mutable { done({}); }, done);
    },
    true);
}

void engine_state::end_load(commit_id commit, const caf::error& failed,
                            promise<commit_loaded> answer) {
  unusable = failed;
  if (failed) {
    answer.deliver(failed);
  } else {
    steps = commit.step;
    answer.deliver(commit_loaded{commit});
  }
  query_done();
}

} // namespace ganglion
