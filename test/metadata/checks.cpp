#include "metadata/messages/checks.hpp"

#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"

using namespace ganglion;

namespace {

constexpr auto far_away = std::numeric_limits<std::uint64_t>::max();

deploy two_nodes() {
  deploy result;
  result.run = 7;
  result.net = *parse_network("mlp:4-8-3");
  result.cluster.nodes = {{"a", "", 1, 1}, {"b", "", 2, 1}};
  result.where = *placement::make(result.net, {"a", "b"},
                                  {{{4, 8}, 0}, {{12, 3}, 1}});
  result.training.optimizer.kind = optimizer_kind::momentum;
  return result;
}

tensor numbers(std::size_t rows, std::size_t columns) {
  return tensor::copy_of(std::vector<float>(rows * columns), rows, columns);
}

question about(neuron_range range) {
  return {0, 5, range};
}

parameter_slice slice_of(neuron_range range, std::size_t rows,
                         std::size_t columns, std::size_t arrays) {
  return {7, 5, range, numbers(rows, columns),
          std::vector<tensor>(arrays, numbers(rows, columns))};
}

} // namespace

TEST_CASE("a range is asked for only where one layer with weights has it") {
  auto of = two_nodes();
  CHECK(!check(fetch{7, 5, {4, 8}}, of));
  CHECK(!check(fetch{7, 5, {11, 1}}, of));
  CHECK(check(fetch{7, 5, {11, 2}}, of));
  CHECK(check(fetch{7, 5, {3, 1}}, of));
  CHECK(check(fetch{7, 5, {4, 0}}, of));
  CHECK(check(fetch{7, 5, {14, far_away - 20}}, of));
  CHECK(check(fetch{7, 5, {far_away, 3}}, of));
  CHECK(check(fetch_digests{7, 5, {14, far_away}}, of));
  CHECK(check(fetch_outputs{7, 5, {15, 1}}, of));
}

TEST_CASE("no more than a slice is asked for at a time") {
  auto of = two_nodes();
  of.net = *parse_network("mlp:1023-4096-3");
  CHECK(neurons_per_slice(of.net, 1) == 256);
  CHECK(!check(fetch{7, 5, {1023, 256}}, of));
  CHECK(check(fetch{7, 5, {1023, 257}}, of));
}

TEST_CASE("what is stored has the shape that the layer has") {
  auto of = two_nodes();
  CHECK(!check(store{slice_of({4, 2}, 2, 5, 1)}, of));
  CHECK(!check(store{slice_of({4, 2}, 2, 5, 0)}, of));
  CHECK(check(store{slice_of({4, 2}, 2, 5, 2)}, of));
  CHECK(check(store{slice_of({4, 2}, 3, 5, 1)}, of));
  CHECK(check(store{slice_of({4, 2}, 2, 9, 1)}, of));
  CHECK(check(store{slice_of({14, far_away - 1}, 2, 9, 1)}, of));
}

TEST_CASE("a model of another network is not read into the groups") {
  auto of = two_nodes();
  load_shards x{7, {"/m", fingerprint(of.net)}, {1, 2}, false};
  CHECK(!check(x, of));
  x.model.network_hash = fingerprint(*parse_network("mlp:4-9-3"));
  CHECK(check(x, of) == errc::not_found);
  x.model = {std::string("/m\0n", 4), fingerprint(of.net)};
  CHECK(check(x, of) == errc::bad_argument);
}

TEST_CASE("an answer is about what was asked, in its shape") {
  auto of = two_nodes();
  CHECK(!check(slice_of({4, 2}, 2, 5, 1), about({4, 2}), of));
  CHECK(check(slice_of({5, 2}, 2, 5, 1), about({4, 2}), of));
  CHECK(check(slice_of({4, 2}, 100'000, 5, 1), about({4, 2}), of));
  CHECK(check(slice_of({4, 2}, 0, 0, 1), about({4, 2}), of));
  CHECK(check(slice_of({4, 2}, 2, 5, 0), about({4, 2}), of));
  auto late = slice_of({4, 2}, 2, 5, 1);
  late.step = 6;
  CHECK(check(late, about({4, 2}), of));
  std::vector<std::uint8_t> bytes(64);
  CHECK(!check(digests{{4, 2}, bytes, bytes}, about({4, 2}), of));
  CHECK(check(digests{{4, 2}, bytes, {}}, about({4, 2}), of));
  CHECK(check(digests{{4, 3}, bytes, bytes}, about({4, 2}), of));
  CHECK(!check(output_slice{{4, 2}, numbers(9, 2)}, about({4, 2}), of));
  CHECK(check(output_slice{{4, 2}, numbers(9, 3)}, about({4, 2}), of));
  CHECK(check(deployed{"a", 2}, question{0, 0, {}}, of));
  CHECK(!check(deployed{"a", 1}, question{0, 0, {}}, of));
}

TEST_CASE("a report is of the node that sends it") {
  auto of = two_nodes();
  CHECK(!check_report(flow_done{{}, 1}, 1, of));
  CHECK(check_report(flow_done{{}, 0}, 1, of));
  loss_report loss;
  loss.head.rows = loss.samples = 5;
  loss.correct = 3;
  CHECK(!check_report(loss, 1, of));
  CHECK(check_report(loss, 0, of));
  loss.correct = 6;
  CHECK(check_report(loss, 1, of));
  shards_written shards{7, 5, 1, {{"s", 2, {12, 3}, 9, 9}}, {}};
  CHECK(!check_report(shards, 1, of));
  shards.shards.front().range = {4, 3};
  CHECK(check_report(shards, 1, of));
}

TEST_CASE("neurons are the sender's, or are not taken") {
  auto of = two_nodes();
  CHECK(!check_holder({12, 3}, 1, of));
  CHECK(check_holder({11, 2}, 1, of));
  CHECK(check_holder({12, 3}, 0, of));
  CHECK(check_holder({14, far_away}, 1, of));
}

TEST_CASE("ranges contain what they contain, and never wrap") {
  neuron_range all{4, 8};
  CHECK(all.contains(neuron_range{4, 8}));
  CHECK(all.contains(neuron_range{11, 1}));
  CHECK(!all.contains(neuron_range{11, 2}));
  CHECK(!all.contains(neuron_range{10, far_away - 8}));
  CHECK(!neuron_range{2, far_away - 1}.valid());
  CHECK(neuron_range{1, far_away - 1}.valid());
}
