// An engine that goes on with texts, on nodes of this process: a small decoder
// whose weights are as they were drawn, so that its tokens are arbitrary, but
// the same every time.
// test: timeout=120
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <caf/event_based_actor.hpp>

#include "distributor/distribute.hpp"
#include "distributor/request.hpp"
#include "metadata/error.hpp"
#include "metadata/layers/row_layout.hpp"
#include "runtime/generation/generator.hpp"
#include "runtime/hosting/session.hpp"

using namespace ganglion;

namespace {

using token_list = std::vector<token_id>;

/// Shares of each layer, so that all nodes have some of each.
partition_request alike(const std::string& by) {
  return *parse_request(by, false, by == "layers" ? "" : "layer");
}

std::unique_ptr<session>
open_decoder(const std::string& nodes = "inside:1",
             const std::string& by = "layers",
             const std::string& net
             = "gpt:tokens=11,blocks=2,width=16,heads=2,context=24") {
  session_options options;
  options.net = *parse_network(net);
  options.nodes = nodes;
  options.request = alike(by);
  options.node_options.threads = 1;
  options.owner = "a test";
  // Rows that differ much, so that the best token is not always the same.
  options.initial_deviation = 0.5f;
  auto on = session::open(options);
  REQUIRE_MESSAGE(on, (on ? "" : explain(on.error())));
  return std::move(*on);
}

generate_tokens after(token_list prompt, std::uint64_t tokens = 12,
                      std::uint64_t id = 0) {
  generate_tokens result;
  result.id = id;
  result.prompt = std::move(prompt);
  result.tokens = tokens;
  result.sampling.temperature = 0.9f;
  return result;
}

token_list tokens_after(session& on, generate_tokens what) {
  auto made = on.ask<generated>(std::move(what));
  REQUIRE_MESSAGE(made, (made ? "" : explain(made.error())));
  return made->tokens;
}

/// What the network makes of a text that it reads at once.
tensor scores_of(session& on, const token_list& text) {
  matrix rows{text.size(), layout_columns};
  for (std::size_t i = 0; i < text.size(); ++i) {
    rows.row(i)[token_column] = static_cast<float>(text[i]);
    rows.row(i)[position_column] = static_cast<float>(i);
    rows.row(i)[conversation_column] = 0;
  }
  auto result = on.ask<inference>(infer{std::move(rows).freeze()});
  REQUIRE(result);
  return result->outputs;
}

template <class Answer, class Message>
std::string why_not(session& on, Message x) {
  auto result = on.ask<Answer>(std::move(x));
  return result ? "" : explain(result.error());
}

/// Keeps so many tokens, then stops the text, or ends.
caf::behavior short_listener(caf::event_based_actor* self, engine_actor engine,
                             std::uint64_t most, bool ends) {
  return {
    [=, seen = std::uint64_t{0}](const token_chosen& x) mutable {
      if (++seen < most)
        return;
      if (ends)
        self->quit();
      else
        post_to(engine, stop_generating{x.id});
    },
  };
}

} // namespace

TEST_CASE("an engine goes on with a text as the network has it") {
  auto on = open_decoder();
  auto what = after({3, 1, 4});
  what.sampling.temperature = 0;
  auto text = what.prompt;
  for (auto token : tokens_after(*on, what)) {
    auto scores = scores_of(*on, text);
    auto last = scores.row(text.size() - 1);
    auto best = std::ranges::max_element(last) - last.begin();
    CHECK(token == static_cast<token_id>(best));
    text.push_back(token);
  }
  CHECK(text.size() == 15);
}

TEST_CASE("texts are the same on any nodes, side by side and in any pieces") {
  auto alone = open_decoder();
  std::vector<token_list> wanted;
  for (token_id i = 0; i < 9; ++i)
    wanted.push_back(tokens_after(*alone, after({i, 1, 5, 9, 2}, 12, i)));
  CHECK(wanted[0] != wanted[1]);
  auto on = open_decoder("inside:3", "percentage=50,20,30");
  auto& self = on->self();
  using answer = decltype(request_from(self.ptr(), on->engine(), caf::infinite,
                                       generate_tokens{}));
  std::vector<answer> under_way;
  for (token_id i = 0; i < 9; ++i) {
    auto what = after({i, 1, 5, 9, 2}, 12, i);
    what.chunk = 1 + i % 6;
    under_way.push_back(
      request_from(self.ptr(), on->engine(), caf::infinite, std::move(what)));
  }
  for (std::size_t i = 0; i < under_way.size(); ++i) {
    auto made = await<generated>(std::move(under_way[i]));
    REQUIRE(made);
    CHECK(made->id == i);
    CHECK(made->end == text_end::full);
    CHECK(made->tokens == wanted[i]);
  }
}

TEST_CASE("neurons that move in the middle of a text change no token") {
  auto still = open_decoder();
  auto wanted = tokens_after(*still, after({3, 1, 4}, 20));
  auto on = open_decoder("inside:2", "percentage=50,50");
  auto text = request_from(on->self().ptr(), on->engine(), caf::infinite,
                           after({3, 1, 4}, 20));
  for (const auto* by : {"percentage=30,70", "percentage=90,10"}) {
    auto where = distribute(on->net(), on->nodes().view(), alike(by));
    REQUIRE(where);
    REQUIRE(on->rearrange(*where, on->training()));
  }
  auto made = await<generated>(std::move(text));
  REQUIRE(made);
  CHECK(made->tokens == wanted);
}

TEST_CASE("a text ends where it is stopped, or its listener has ended") {
  auto on = open_decoder();
  for (auto ends : {false, true}) {
    auto what = after({3}, std::uint64_t{1} << 60);
    what.slides = true;
    what.told = on->self()->spawn(short_listener, on->engine(), 3, ends);
    auto made = on->ask<generated>(what);
    REQUIRE(made);
    CHECK(made->end == text_end::stopped);
    CHECK(made->tokens.size() >= 3);
  }
  // Numbers are free again.
  for (int i = 0; i < 600; ++i)
    CHECK(tokens_after(*on, after({1}, 1)).size() == 1);
}

TEST_CASE("a thread is told of tokens and scores, and may end the text") {
  auto on = open_decoder();
  auto wanted = tokens_after(*on, after({3, 1, 4}));
  token_list told;
  std::uint64_t read = 0;
  generation_listener listener;
  listener.chosen = [&](token_id x) {
    told.push_back(x);
    return told.size() < 5;
  };
  listener.read = [&](std::uint64_t first, const tensor& scores) {
    CHECK(first == read);
    CHECK(scores.columns() == 11);
    read += scores.rows();
  };
  auto made = generate(on->self(), on->engine(), after({3, 1, 4}), listener);
  REQUIRE(made);
  CHECK(made->end == text_end::stopped);
  CHECK(made->tokens == token_list(wanted.begin(), wanted.begin() + 5));
  CHECK(told == made->tokens);
  CHECK(read == 7);
}

TEST_CASE("a text ends at the last token, and at the longest sequence") {
  auto on = open_decoder();
  auto whole = tokens_after(*on, after({3, 1, 4}, 100));
  CHECK(whole.size() == 21);
  auto what = after({3, 1, 4}, 100);
  what.last_token = whole[4];
  auto made = on->ask<generated>(what);
  REQUIRE(made);
  CHECK(made->end == text_end::last_token);
  auto end = std::ranges::find(whole, whole[4]);
  CHECK(made->tokens == token_list(whole.begin(), end));
  what = after({3, 1, 4}, 100);
  what.positions = 10;
  CHECK(tokens_after(*on, what)
        == token_list(whole.begin(), whole.begin() + 7));
  what.slides = true;
  auto longer = tokens_after(*on, what);
  CHECK(longer.size() == 100);
  CHECK(std::equal(whole.begin(), whole.begin() + 7, longer.begin()));
}

TEST_CASE("scores of a text are the logarithms of its tokens' probabilities") {
  auto on = open_decoder("inside:2", "percentage=50,50");
  token_list text{3, 1, 4, 1, 5, 9, 2, 6};
  auto scores = scores_of(*on, text);
  auto found = on->ask<token_scores>(score_tokens{text, 3});
  REQUIRE(found);
  REQUIRE(found->log_probabilities.size() == text.size() - 1);
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    double sum = 0;
    for (auto x : scores.row(i))
      sum += std::exp(double{x});
    CHECK(found->log_probabilities[i]
          == doctest::Approx(double{scores.row(i)[text[i + 1]]} - std::log(sum))
               .epsilon(1e-5));
  }
}

TEST_CASE("what cannot be gone on with is refused, and nothing else ends") {
  auto on = open_decoder();
  auto refusal = [&](generate_tokens x) {
    return why_not<generated>(*on, std::move(x));
  };
  CHECK(refusal(after({})).starts_with("the prompt is empty"));
  CHECK(refusal(after({11}))
        == "there is no token 11: they are numbered up to "
           "10");
  CHECK(refusal(after(token_list(25, 1)))
        == "the prompt has 25 tokens, and the model reads 24 at most");
  auto what = after({1});
  what.chunk = 0;
  CHECK(refusal(what).find("chunks of 1 position") != std::string::npos);
  what = after({1});
  what.sampling.top_p = 0;
  CHECK(refusal(what).find("top-p") != std::string::npos);
  CHECK(why_not<token_scores>(*on, score_tokens{{1}, 1}).find("two or more")
        != std::string::npos);
  // Numbers of conversations that are the engine's own.
  auto row = tensor::copy_of(std::vector<float>{1, 0, 512}, 1, layout_columns);
  CHECK(why_not<inference>(*on, infer{row})
        == "row 0 has the conversation 512: expected a whole number up to 511");
  CHECK(tokens_after(*on, after({1}, 2)).size() == 2);
  auto plain = open_decoder("inside:1", "layers", "mlp:3-4-2");
  CHECK(why_not<generated>(*plain, after({1})).find("reads no tokens")
        != std::string::npos);
}

TEST_CASE(
  "two texts of one number cannot be under way, nor any after the end") {
  auto on = open_decoder();
  auto endless = after({1}, std::uint64_t{1} << 60, 7);
  endless.slides = true;
  auto first = request_from(on->self().ptr(), on->engine(), caf::infinite,
                            endless);
  CHECK(why_not<generated>(*on, endless).find("text 7 is under way already")
        != std::string::npos);
  REQUIRE(on->ask<traffic_summary>(stop{}));
  auto made = await<generated>(std::move(first));
  CHECK(!made);
  CHECK(made.error() == errc::cancelled);
}
