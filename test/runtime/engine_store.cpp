// test: timeout=120
// An engine's nodes write and read a model.
#include <filesystem>

#include <doctest/doctest.h>

#include "distributor/request.hpp"
#include "metadata/error.hpp"
#include "runtime/hosting/path_mapping.hpp"
#include "runtime/hosting/session.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "runtime/model_store/store/model_writer.hpp"
#include "runtime/training/commits.hpp"

using namespace ganglion;

namespace {

/// A directory that goes with it.
class scratch_directory {
public:
  scratch_directory()
    : path_(std::filesystem::temp_directory_path()
            / ("ganglion-" + random_text())) {
    std::filesystem::create_directory(path_);
  }

  ~scratch_directory() {
    std::filesystem::remove_all(path_);
  }

  [[nodiscard]] std::string operator/(const std::string& name) const {
    return path_ / name;
  }

private:
  std::filesystem::path path_;
};

std::unique_ptr<session> open_kept(const network& net, const std::string& nodes,
                                   const std::string& by, bool blank = false) {
  session_options options;
  options.net = net;
  options.nodes = nodes;
  options.request = *parse_request(by);
  options.node_options.threads = 1;
  options.owner = "a test";
  options.micro_batches = 2;
  options.blank = blank;
  auto result = session::open(options);
  REQUIRE_MESSAGE(result, (result ? "" : explain(result.error())));
  return std::move(*result);
}

train_step batch(bool keep) {
  matrix samples{20, 6};
  matrix wanted{20, 1};
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples.data()[i] = static_cast<float>((i * 7) % 13) / 13.0f;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    wanted.data()[i] = static_cast<float>(i % 3);
  return {std::move(samples).freeze(), std::move(wanted).freeze(), keep};
}

/// Steps that follow one another without a pause, one of them kept.
void train(session& on, int steps, int kept) {
  std::vector<decltype(request_from(on.self().ptr(), on.engine(), caf::infinite,
                                    train_step{}))>
    reports;
  for (int i = 1; i <= steps; ++i)
    reports.push_back(request_from(on.self().ptr(), on.engine(), caf::infinite,
                                   batch(i == kept)));
  for (auto& x : reports)
    REQUIRE(await<step_report>(std::move(x)));
}

weight_digests digests_of(session& on) {
  auto result = on.ask<weight_digests>(get_digests{});
  REQUIRE(result);
  return *result;
}

struct stored_model {
  explicit stored_model(const std::string& path)
    : dir(path), writer(make()), place{dir, writer.reader().network_hash()} {
    // nop
  }

  model_writer make() {
    writer_options options;
    options.who = this_process("a test");
    auto result = model_writer::create(*files, dir, net, options);
    REQUIRE_MESSAGE(result, (result ? "" : explain(result.error())));
    return std::move(*result);
  }

  /// Commits what a step of `on` kept.
  commit_id commit(session& on, std::uint64_t step) {
    auto shards = on.ask<kept_shards>(get_shards{step});
    REQUIRE_MESSAGE(shards, (shards ? "" : explain(shards.error())));
    commit_draft draft;
    draft.cursor.steps = step;
    draft.where = on.where();
    draft.shards = shards->shards;
    auto made = writer.commit(std::move(draft));
    REQUIRE_MESSAGE(made, (made ? "" : explain(made.error())));
    return made->id;
  }

  network net = *parse_network("mlp:6-40-33-3", 8);
  std::unique_ptr<file_system> files = make_posix_files();
  std::string dir;
  model_writer writer;
  model_place place;
};

} // namespace

TEST_CASE("what a step keeps is its weights, however many steps follow") {
  scratch_directory scratch;
  stored_model model{scratch / "model"};
  auto once = open_kept(model.net, "inside:1", "layers");
  train(*once, 3, 0);
  auto wanted = digests_of(*once);

  auto on = open_kept(model.net, "inside:3", "percentage=50,30,20");
  REQUIRE(on->ask<model_opened>(open_model{model.place, model.writer.fence()}));
  train(*on, 9, 3);
  auto id = model.commit(*on, 3);

  SUBCASE("on the nodes that wrote it") {
    REQUIRE(on->ask<commit_loaded>(load_commit{model.place, id}));
  }
  SUBCASE("on others") {
    on = open_kept(model.net, "inside:2", "count=17,rest");
    REQUIRE(on->ask<commit_loaded>(load_commit{model.place, id}));
  }
  auto found = digests_of(*on);
  CHECK(found.step == 3);
  CHECK(found.weights == wanted.weights);
  CHECK(found.state == wanted.state);
  // Adam's next step depends on the number of steps.
  train(*once, 2, 0);
  train(*on, 2, 0);
  CHECK(digests_of(*on).step == 5);
  CHECK(digests_of(*on).state == digests_of(*once).state);
}

TEST_CASE("a step is kept where a model is open, and asked for once") {
  scratch_directory scratch;
  stored_model model{scratch / "model"};
  auto on = open_kept(model.net, "inside:2", "percentage=60,40");
  CHECK(on->ask<step_report>(batch(true)).error() == errc::bad_argument);
  CHECK(on->ask<kept_shards>(get_shards{1}).error() == errc::not_found);
  open_model request{model.place, model.writer.fence()};
  SUBCASE("in another place") {
    request.model.path = scratch / "nothing";
    auto opened = on->ask<model_opened>(request);
    CHECK(opened.error() == errc::not_found);
    CHECK(explain(opened.error()).starts_with("node '"));
  }
  SUBCASE("with another fence") {
    ++request.fence;
    CHECK(on->ask<model_opened>(request).error() == errc::not_found);
  }
  SUBCASE("of another network") {
    request.model.network_hash = "another";
    CHECK(on->ask<model_opened>(request).error() == errc::not_found);
  }
  CHECK(on->ask<step_report>(batch(true)).error() == errc::bad_argument);
  request = {model.place, model.writer.fence()};
  REQUIRE(on->ask<model_opened>(request));
  REQUIRE(on->ask<step_report>(batch(true)));
  model.commit(*on, 1);
  CHECK(on->ask<kept_shards>(get_shards{1}).error() == errc::not_found);
}

TEST_CASE("nothing is computed with weights of a commit that is damaged") {
  scratch_directory scratch;
  stored_model model{scratch / "model"};
  auto on = open_kept(model.net, "inside:2", "percentage=60,40");
  REQUIRE(on->ask<model_opened>(open_model{model.place, model.writer.fence()}));
  train(*on, 2, 2);
  auto good = model.commit(*on, 2);
  train(*on, 2, 2);
  auto bad = model.commit(*on, 4);
  auto what = model.writer.reader().find(bad);
  REQUIRE(what);
  auto name = what->shards.back().name;
  auto path = layout::shard_path(model.dir, name);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);

  auto loaded = on->ask<commit_loaded>(load_commit{model.place, bad});
  CHECK(loaded.error() == errc::bad_model);
  CHECK(explain(loaded.error()).starts_with("node '"));
  CHECK(explain(loaded.error()).find(name) != std::string::npos);
  CHECK(on->ask<step_report>(batch(false)).error() == errc::bad_model);
  CHECK(on->ask<inference>(infer{batch(false).samples}).error()
        == errc::bad_model);
  REQUIRE(on->ask<commit_loaded>(load_commit{model.place, good}));
  auto answer = on->ask<inference>(infer{batch(false).samples});
  REQUIRE(answer);
  CHECK(answer->step == 2);
}

TEST_CASE(
  "a network that is deployed blank waits for the weights of a commit") {
  scratch_directory scratch;
  stored_model model{scratch / "model"};
  auto on = open_kept(model.net, "inside:1", "layers");
  REQUIRE(on->ask<model_opened>(open_model{model.place, model.writer.fence()}));
  train(*on, 2, 2);
  auto made = model.commit(*on, 2);
  auto blank = open_kept(model.net, "inside:3", "round-robin", true);
  auto early = blank->ask<inference>(infer{batch(false).samples});
  CHECK(early.error() == errc::bad_model);
  CHECK(explain(early.error())
        == "no commit was loaded completely: load one first (none was yet)");
  CHECK(blank->ask<step_report>(batch(false)).error() == errc::bad_model);
  REQUIRE(blank->ask<commit_loaded>(load_commit{model.place, made}));
  CHECK(digests_of(*blank).weights == digests_of(*on).weights);
  CHECK(digests_of(*blank).state == digests_of(*on).state);
  CHECK(blank->ask<inference>(infer{batch(false).samples}));
}

TEST_CASE("an interval is a number of steps, or of seconds") {
  CHECK(parse_interval("200")->steps == 200);
  CHECK(!parse_interval("200")->time);
  CHECK(parse_interval("0.5s")->time->count() == 0.5);
  for (auto text : {"", "s", "0", "-1", "1.5", "2m", "1 s", "nans", "-3s"}) {
    CAPTURE(text);
    CHECK(parse_interval(text).error() == errc::bad_argument);
  }
}

TEST_CASE("a server may see models under a path of its own") {
  std::vector<path_mapping> mappings{*parse_mapping("/a=/x"),
                                     *parse_mapping("/a/b=/y")};
  CHECK(mapped("/a/c", mappings) == "/x/c");
  CHECK(mapped("/a", mappings) == "/x");
  CHECK(mapped("/a/b/c", mappings) == "/y/c");
  CHECK(mapped("/ab/c", mappings) == "/ab/c");
  CHECK(mapped("/c", mappings) == "/c");
  // Slashes at the end are no part of a name.
  std::vector<path_mapping> slashes{*parse_mapping("/a/=/x"),
                                    *parse_mapping("/b=/")};
  CHECK(mapped("/a/c", slashes) == "/x/c");
  CHECK(mapped("/a", slashes) == "/x");
  CHECK(mapped("/ab", slashes) == "/ab");
  CHECK(mapped("/b/c", slashes) == "/c");
  CHECK(mapped("/b", slashes) == "/");
  for (auto text : {"", "/a", "=/a", "/a="}) {
    CAPTURE(text);
    CHECK(parse_mapping(text).error() == errc::bad_argument);
  }
}
