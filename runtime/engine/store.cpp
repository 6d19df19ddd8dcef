// How an engine has its nodes write and read a model. Parameters do not come
// this way: what does is names of shards, and whether all went well.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/engine/ask.hpp"

namespace ganglion {

namespace {

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
  now->model_open = false;
  auto number = wait_for_nodes(answer);
  auto opened = [=, this](const caf::error& why) mutable {
    now->waiting.erase(number);
    if (why)
      return answer.deliver(why);
    now->model_open = true;
    answer.deliver(model_opened{nodes.size()});
  };
  ask_all<open_store>(
    {now->what->run, std::move(x.model), x.fence, x.any_values},
    std::move(opened));
  return answer;
}

void engine_state::on_written(const shards_written& x) {
  if (!runs(x.run))
    return;
  now->moved = true;
  auto i = now->keeps.find(x.step);
  if (i == now->keeps.end() || i->second.missing.erase(x.node) == 0)
    return;
  auto& step = i->second;
  step.shards.insert(step.shards.end(), x.shards.begin(), x.shards.end());
  if (!x.failure.text.empty())
    step.why = make_failure(x.diverged ? errc::diverged : errc::system,
                            x.failure);
  if (step.missing.empty())
    serve_shards(x.step);
}

engine_state::promise<kept_shards> engine_state::on_shards(get_shards x) {
  auto answer = self->make_response_promise<kept_shards>();
  if (!now) {
    answer.deliver(ended ? ended : not_kept(x.step));
    return answer;
  }
  auto i = now->keeps.find(x.step);
  if (i == now->keeps.end() || i->second.answer) {
    answer.deliver(not_kept(x.step));
    return answer;
  }
  i->second.answer = answer;
  serve_shards(x.step);
  return answer;
}

engine_state::promise<weights_kept> engine_state::on_keep() {
  return enqueue_query<weights_kept>([this](promise<weights_kept> answer) {
    caf::error err;
    if (!now->model_open)
      err = make_failure(errc::bad_argument,
                         "there is no model to keep weights in: send "
                         "open_model first");
    else if (now->keeps.contains(now->steps))
      err = check_keeps();
    if (err) {
      answer.deliver(std::move(err));
      return query_done();
    }
    now->keeps[now->steps].missing = now->working_nodes;
    auto kept = [=, this](const caf::error& why) mutable {
      if (why)
        now->keeps.erase(now->steps);
      if (why)
        answer.deliver(why);
      else
        answer.deliver(weights_kept{now->steps});
      query_done();
    };
    ask_all<keep_step>({now->what->run, now->steps}, std::move(kept));
  });
}

void engine_state::serve_shards(std::uint64_t step) {
  auto i = now->keeps.find(step);
  auto& x = i->second;
  if (!x.missing.empty() || !x.answer)
    return;
  if (x.why)
    x.answer->deliver(x.why);
  else
    x.answer->deliver(kept_shards{step, std::move(x.shards)});
  now->keeps.erase(i);
}

void engine_state::drop_keeps(const caf::error& why) {
  for (auto& [step, x] : now->keeps)
    if (x.answer)
      x.answer->deliver(why);
}

engine_state::promise<commit_loaded> engine_state::on_load(load_commit& x) {
  forget_conversations();
  load_shards request{0, std::move(x.model), x.commit, x.weights_only};
  return enqueue_query<commit_loaded>(
    [this, request](promise<commit_loaded> answer) mutable {
      request.run = now->what->run;
      // All of them must be through, with or without success, before anybody
      // computes again.
      auto loaded = [=, this](const caf::error& why) {
        end_load(request.commit, why, answer);
      };
      ask_all<load_shards>(request, std::move(loaded));
    },
    true);
}

void engine_state::end_load(commit_id commit, const caf::error& failed,
                            promise<commit_loaded> answer) {
  now->unusable = failed;
  if (failed) {
    answer.deliver(failed);
    return query_done();
  }
  now->steps = commit.step;
  renew_rows([=, this]() mutable {
    answer.deliver(commit_loaded{commit});
    query_done();
  });
}

} // namespace ganglion
