// Models as they are meant to be written and read.
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/formats/text_file.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "test/runtime/data_files.hpp"
#include "test/runtime/store_models.hpp"

using namespace ganglion;

TEST_CASE("a commit comes back as it was made") {
  memory_process on;
  auto writer = on.create();
  auto draft = write_shards(on.files, writer, 12, two_shards);
  REQUIRE(draft);
  draft->cursor = {12, 1, 480, 5, 64, 4, "fashion mnist", "abc"};
  draft->options.optimizer.kind = optimizer_kind::momentum;
  draft->options.optimizer.learning_rate = 0.1f;
  draft->loss = 0.1;
  auto made = writer.commit(*draft);
  REQUIRE(outcome_of(made) == "no error");
  auto found = on.newest();
  CHECK(found.skipped.empty());
  CHECK(found.what == *made);
  CHECK(found.what.id == commit_id{1, 12});
  CHECK(found.what.base.none());
  CHECK(found.what.cursor == draft->cursor);
  CHECK(found.what.options == draft->options);
  CHECK(found.what.loss_value() == 0.1);
  CHECK(found.what.writer.what == "first");
  auto reader = on.reader();
  CHECK(reader.net() == small_network());
  CHECK(*reader.load_placement(found.what) == small_placement());
  CHECK(is_whole(reader, found.what));
}

TEST_CASE("a loss that is no number is kept") {
  for (auto loss : {std::nan(""), HUGE_VAL, -HUGE_VAL, 0.0, 1e-300}) {
    manifest x;
    x.set_loss(loss);
    auto back = from_text<manifest>("f", to_text(x));
    REQUIRE(back);
    CHECK(std::isnan(back->loss_value()) == std::isnan(loss));
    if (!std::isnan(loss))
      CHECK(back->loss_value() == loss);
  }
}

TEST_CASE("a manifest that an older version of the program wrote is read") {
  auto old = from_text<manifest>(
    "f", "ganglion-manifest 1\n"
         "22 serialization::archive 18 0 0 0 0 1 3 0 0 64 "
         "a062fbc0a9135aeb07fadd0c5d9bb8107b685c9467b45cab0cc2684dfb8fc22d 64 "
         "ecf0a12fc40e48b810b5f929c226e78f82f312eb9c87eb2567c58e2d228815f1 0 0 "
         "1 0 0 0 23 000001-000000000003-4-3 1 0 0 4 3 4232 "
         "12132693962118512969 0 0 3 1 0 1 8 1 15 generate:20x4x3 64 "
         "c96713f730b346d40f86f69996e24255b300ecbb0762672ac140a4cb8b07dcc5 0 0 "
         "1 1 0 0 1 9.999999776e-03 8.999999762e-01 8.999999762e-01 "
         "9.990000129e-01 9.999999939e-09 2.500000000e-01 18 "
         "0.9776664435863495 1795760209555 0 0 2 vm 10717 14 ganglion train 0  "
         "0\n"
         "xxh3 53d37e73b7b4b8a1\n");
  REQUIRE_MESSAGE(old, (old ? "" : explain(old.error())));
  CHECK(old->options.optimizer.kind == optimizer_kind::momentum);
  CHECK(old->options.optimizer.weight_decay == 0.25f);
  CHECK(!old->options.optimizer.decay_biases);
  CHECK(old->options.optimizer.clip_norm == 0);
  CHECK(old->options.schedule == rate_schedule{});
  CHECK(old->loss_value() == doctest::Approx(0.9776664435863495));
  CHECK(old->writer.process == 10717);
  CHECK(old->arithmetic == 0);
}

TEST_CASE("text files come back as they were written") {
  lease_record lease{3, {"h", 1, "a b\nc", "n", 9}, 1700000000123};
  CHECK(*from_text<lease_record>("f", to_text(lease)) == lease);
  base_record base{3, {2, 5}};
  CHECK(*from_text<base_record>("f", to_text(base)) == base);
  CHECK(*from_text<placement>("f", to_text(small_placement()))
        == small_placement());
  CHECK(*from_text<network>("f", to_text(small_network())) == small_network());
  CHECK(describe(lease)
        == "a b\nc (node n, host h, process 1, since 2023-11-14 22:13:20 UTC)");
}

TEST_CASE("any cut of the shards serves any cut of a reader") {
  memory_process on;
  auto writer = on.create();
  for (neuron_id cut = 4; cut < 9; ++cut) {
    auto what = commit_step(on.files, writer, cut,
                            {{9, 1}, {cut, 9 - cut}, {3, cut - 3}, {10, 1}});
    REQUIRE(outcome_of(what) == "no error");
    auto reader = on.reader();
    for (neuron_id first = 3; first < 9; ++first)
      for (std::uint64_t count = 1; count <= 9 - first; ++count) {
        auto values = reader.load_parameters(*what, {first, count});
        REQUIRE(outcome_of(values) == "no error");
        CHECK(same(*values, values_of(reader.net(), cut, {first, count})));
      }
  }
}

TEST_CASE("a range outside the neurons with weights of one layer is refused") {
  memory_process on;
  auto writer = on.create();
  auto what = on.commit(writer, 1);
  auto reader = on.reader();
  for (neuron_range range : {neuron_range{0, 1},
                             {2, 2},
                             {8, 2},
                             {9, 3},
                             {11, 1},
                             {5, 0},
                             {5, ~std::uint64_t{0}}})
    CHECK_FALSE(reader.load_parameters(what, range));
}

TEST_CASE("a shard of several parts reads like one of a single part") {
  memory_process on;
  auto writer = on.create();
  const auto& net = writer.reader().net();
  auto write = [&](std::uint64_t step, std::vector<parameters> parts) {
    auto entry = write_shard(on.files, model_dir, {1, step},
                             writer.reader().network_hash(), 1, parts);
    REQUIRE(outcome_of(entry) == "no error");
    return *entry;
  };
  auto a = write(1, {values_of(net, 5, {3, 6})});
  auto b = write(2, {values_of(net, 5, {3, 1}), values_of(net, 5, {4, 3}),
                     values_of(net, 5, {7, 2})});
  CHECK(a.checksum == b.checksum);
  CHECK(on.disk->content(layout::shard_path(model_dir, a.name))
        == on.disk->content(layout::shard_path(model_dir, b.name)));
}

TEST_CASE("rows with gaps between them are written without the gaps") {
  memory_process on;
  auto writer = on.create();
  auto wide = tensor::copy_of(std::vector<float>(60, 1.5f), 6, 10);
  parameters part{{3, 6}, wide.columns(2, 4)};
  auto entry = write_shard(on.files, model_dir, {1, 1},
                           writer.reader().network_hash(), 1, {&part, 1});
  REQUIRE(outcome_of(entry) == "no error");
  auto back = read_shard(on.files, model_dir, writer.reader().network_hash(),
                         *entry, {4, 2});
  REQUIRE(outcome_of(back) == "no error");
  CHECK(back->weights.to_vector() == std::vector<float>(8, 1.5f));
}

TEST_CASE("parameters that do not fit together make no shard") {
  memory_process on;
  auto net = small_network();
  auto hash = fingerprint(net);
  auto refused = [&](std::vector<parameters> parts) {
    return outcome_of(write_shard(on.files, model_dir, {1, 1}, hash, 1, parts));
  };
  CHECK(contains(refused({}), "there are none"));
  CHECK(
    contains(refused({values_of(net, 1, {3, 1}), values_of(net, 1, {5, 1})}),
             "neurons 5 do not follow 3"));
  CHECK(
    contains(refused({values_of(net, 1, {3, 1}), values_of(net, 1, {4, 1}, 2)}),
             "some have more arrays than others"));
  CHECK(
    contains(refused({values_of(net, 1, {8, 1}), values_of(net, 1, {9, 1})}),
             "not as many rows and columns"));
  CHECK(contains(
    outcome_of(write_shard(on.files, model_dir, {1, 1}, "no hash", 1, {})),
    "there are none"));
}

TEST_CASE("a reader of a few neurons reads little more than these") {
  memory_process on;
  auto net = *parse_network("mlp:1023-8192");
  auto writer = model_writer::create(on.files, "big", net, options_of("x"));
  REQUIRE(writer);
  parameters part{{1023, 8192}, matrix{8192, 1024}.freeze()};
  auto entry = write_shard(on.files, "big", {1, 1}, fingerprint(net), 1,
                           {&part, 1});
  REQUIRE(outcome_of(entry) == "no error");
  CHECK(entry->size > (1 << 25));
  faulty_files counting{on.files};
  auto some = read_shard(counting, "big", fingerprint(net), *entry, {5000, 3});
  REQUIRE(outcome_of(some) == "no error");
  CHECK(some->weights == part.weights.rows(5000 - 1023, 3));
  std::uint64_t bytes = 0;
  for (const auto& call : counting.log())
    if (call.starts_with("read "))
      bytes += std::stoull(call.substr(call.rfind(' ')));
  CHECK(bytes < (1 << 20) + 8192);
  CHECK(
    read_shard(on.files, "big", fingerprint(net), *entry, part.range)->weights
    == part.weights);
}

namespace {

/// To the newest of three commits, of which the second is pinned.
void check_pruning(file_system& files, const std::string& dir) {
  auto pruned = prune(files, dir, {1, false, verification::everything});
  REQUIRE(outcome_of(pruned) == "no error");
  CHECK(pruned->removed == std::vector<commit_id>{{1, 1}});
  CHECK(pruned->pinned == commit_id{1, 2});
  CHECK(pruned->removed_shards == 2);
  auto found = fsck(files, dir);
  REQUIRE(outcome_of(found) == "no error");
  CHECK(found->damaged.empty());
  CHECK(found->orphaned.empty());
  CHECK(found->newest_whole == commit_id{1, 3});
}

} // namespace

TEST_CASE("a model on a real disk is written, read, checked and pruned") {
  temp_folder folder;
  auto files = make_posix_files();
  auto dir = folder.at("model");
  auto writer = model_writer::create(*files, dir, small_network(),
                                     options_of("first"));
  REQUIRE(outcome_of(writer) == "no error");
  for (std::uint64_t step : {1, 2, 3})
    CHECK(outcome_of(commit_step(*files, *writer, step)) == "no error");
  CHECK(outcome_of(model_writer::open(*files, dir, options_of("second")))
          .starts_with(fmt::format("model '{}' is being written by first (host "
                                   "host, process 7, since ",
                                   dir)));
  auto reader = model_reader::open(*files, dir);
  REQUIRE(outcome_of(reader) == "no error");
  auto newest = reader->newest(verification::everything);
  REQUIRE(outcome_of(newest) == "no error");
  CHECK(newest->what.id == commit_id{1, 3});
  CHECK(is_whole(*reader, newest->what));
  auto pin = reader->pin({1, 2});
  REQUIRE(outcome_of(pin) == "no error");
  check_pruning(*files, dir);
}

TEST_CASE("a range is read from the shards that hold some of it alone") {
  memory_process on;
  auto writer = on.create();
  auto what = commit_step(on.files, writer, 1, {{3, 2}, {5, 4}, {9, 2}});
  REQUIRE(outcome_of(what) == "no error");
  faulty_files counting{on.files};
  auto reader = model_reader::open(counting, model_dir);
  REQUIRE(outcome_of(reader) == "no error");
  auto opened = [&](neuron_range range) {
    auto before = counting.log().size();
    REQUIRE(outcome_of(reader->load_parameters(*what, range)) == "no error");
    std::set<std::string> paths;
    for (const auto& call : counting.log())
      if (before > 0)
        --before;
      else if (call.starts_with("open "))
        paths.insert(call.substr(call.find(' ') + 1));
    return paths;
  };
  auto path = [&](std::size_t shard) {
    return layout::shard_path(model_dir, what->shards[shard].name);
  };
  CHECK(opened({6, 2}) == std::set{path(1)});
  CHECK(opened({4, 2}) == std::set{path(0), path(1)});
  CHECK(opened({9, 2}) == std::set{path(2)});
}
