#include "actors/link/wire.hpp"

#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "actors/link/inbound.hpp"
#include "actors/link/link.hpp"
#include "metadata/error.hpp"
#include "metadata/messages/checks.hpp"
#include "metadata/network/edge_list.hpp"

using namespace ganglion;

namespace {

std::vector<std::byte> copy(const caf::byte_buffer& x) {
  auto first = reinterpret_cast<const std::byte*>(x.data());
  return {first, first + x.size()};
}

deploy small_deployment() {
  auto net = *parse_network("mlp:4-8-3");
  deploy result;
  result.net = net;
  result.cluster.nodes = {{"a", "127.0.0.1:1", 3, 2}};
  result.where = *placement::make(net, {"a"}, {{{4, 11}, 0}});
  return result;
}

// NOLINTNEXTLINE(readability-function-size): a line for each message
std::vector<control_message> all_controls() {
  auto what = small_deployment();
  auto values = tensor::copy_of(std::vector<float>{1, 2, 3, 4}, 2, 2);
  return {
    failure{errc::busy, {"busy", {{1, 2}}, {"x"}, {"a"}}},
    loss_report{{}, 1.5, 2, 3},
    flow_done{{}, 1},
    run_failed{1, {"why", {}, {}, {}}},
    gradient_squares{{}, 1, {}},
    shards_written{1, 2, 0, {{"shard", 1, {3, 4}, 5, 6}}, {"why", {}, {}, {}}},
    what,
    deployed{"a", 4},
    release{7},
    released{{{{"a", false, 1, 2}}}},
    fetch{1, 2, {3, 4}},
    parameter_slice{1, 2, {3, 2}, values, {values}},
    store{{1, 2, {3, 2}, values, {}}},
    stored{{3, 2}},
    fetch_digests{1, 2, {3, 4}},
    digests{{3, 1}, {1, 2}, {3}},
    fetch_outputs{1, 2, {3, 4}},
    output_slice{{3, 2}, values},
    fetch_not_finite{1, 2, {3, 4}},
    not_finite{{3, 4}, {{4, 1}}},
    fetch_traffic{5},
    traffic_report{{{"a", false, 1, 2}}},
    fetch_flow{5, 6},
    flow_state{{{{part_kind::group, 1, {3, 4}}, true, false}}},
    open_store{1, {"/m", "hash"}, 2},
    store_opened{"a"},
    load_shards{1, {"/m", "hash"}, {2, 3}},
    shards_loaded{"a"},
    keep_step{1, 2},
    step_kept{"a"},
    prepare_move{1, 2, 3, what.where, {}},
    move_prepared{"a", 4},
    settle_move{1, 2, true},
    move_settled{"a"},
    apply_update{1, 2, 0.5f},
    update_applied{"a"},
    change_rate{1, 0.5f},
    rate_changed{"a"},
    change_step{1, 2},
    step_changed{"a"},
    yield_rows{1, 2},
    rows_yielded{"a"},
    fetch_status{},
    node_status{{"a", "127.0.0.1:1", 3, 2}, 4, 5, {}, {}},
    fetch_trace{trace_command::look},
    trace_report{1, 2, {"a"}, {{activity::wait, 1, 2, 3, 4, 5, 6}}, 7}};
}

tensor_head head_for(tensor_message message, std::uint64_t rows,
                     std::uint64_t columns) {
  return {std::move(message), rows, columns};
}

} // namespace

TEST_CASE("a network of single neurons arrives with its edges") {
  auto net = unwired_network(2, 3, activation_kind::tanh, {{4, 1}});
  REQUIRE(net);
  deploy sent;
  sent.net = *with_edges(*net, {{0, 2}, {2, 3}, {3, 2}, {3, 4}});
  auto back = control_from(copy(to_bytes(control_envelope{3, false, sent})));
  REQUIRE(back);
  REQUIRE(std::holds_alternative<deploy>(back->content));
  CHECK(std::get<deploy>(back->content).net == sent.net);
}

TEST_CASE("every control message arrives as it was sent") {
  CHECK(all_controls().size() == std::variant_size_v<control_message>);
  for (const auto& x : all_controls()) {
    auto bytes = copy(to_bytes(control_envelope{3, true, x}));
    auto back = control_from(bytes);
    REQUIRE(back);
    CHECK(back->number == 3);
    CHECK(back->reply);
    CHECK(back->content.index() == x.index());
    CHECK(copy(to_bytes(*back)) == bytes);
  }
}

TEST_CASE("a control message that is cut, changed or too long is refused") {
  std::mt19937 random{5};
  for (const auto& x : all_controls()) {
    auto bytes = copy(to_bytes(control_envelope{3, false, x}));
    for (std::size_t size = 0; size < bytes.size(); ++size)
      CHECK(!control_from(std::span{bytes}.first(size)));
    auto longer = bytes;
    longer.push_back(std::byte{0});
    CHECK(!control_from(longer));
    for (int i = 0; i < 300; ++i) {
      auto changed = bytes;
      changed[random() % changed.size()] ^= std::byte(1 << random() % 8);
      auto back = control_from(changed); // an error or another message
      static_cast<void>(back);
    }
  }
}

TEST_CASE("the head of a tensor says what follows, and nothing more") {
  gradient x;
  x.head.layer = 2;
  x.head.range = {12, 3};
  x.node = {1, 2, {5, 1}};
  x.values = tensor::copy_of(std::vector<float>(6), 2, 3);
  auto bytes = copy(head_bytes(tensor_message{x}));
  auto head = head_from(bytes);
  REQUIRE(head);
  CHECK(head->rows == 2);
  CHECK(head->columns == 3);
  CHECK(std::get<gradient>(head->message).head == x.head);
  CHECK(std::get<gradient>(head->message).node == x.node);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK(!head_from(std::span{bytes}.first(size)));
}

TEST_CASE("a tensor that does not fit the network is refused unallocated") {
  deploy of;
  of.net = *parse_network("mlp:4-8-3");
  activation x;
  x.head.rows = 5;
  x.head.layer = 1;
  x.head.range = {4, 8};
  CHECK(!check_tensor(x, 5, 8, of));
  CHECK(check_tensor(x, 5, 7, of));
  CHECK(check_tensor(x, 4, 8, of));
  CHECK(check_tensor(x, 0, 8, of));
  CHECK(check_tensor(x, std::uint64_t{1} << 60, 8, of));
  x.head.range = {4, 9};
  CHECK(check_tensor(x, 5, 9, of));
  x.head.range = {~std::uint64_t{0}, 8};
  CHECK(check_tensor(x, 5, 8, of));
  x.head.layer = 17;
  CHECK(check_tensor(x, 5, 8, of));
}

TEST_CASE("values of a tick are those of a layer that reads itself") {
  deploy of;
  of.net = *with_edges(*unwired_network(2, 3, activation_kind::tanh, {{4, 1}}),
                       {{0, 2}, {2, 3}, {3, 2}, {3, 4}});
  tick_values x;
  x.head.rows = 1;
  x.head.layer = 1;
  x.head.range = {2, 2};
  CHECK(check_tensor(x, 1, 2, of));
  x.head.tick = 1;
  CHECK(!check_tensor(x, 1, 2, of));
  CHECK(check_tensor(x, 1, 3, of));
  // What neurons answer by themselves stays on their node till the last tick.
  CHECK(check_tensor(activation{x.head, {}}, 1, 2, of));
  of.net = *parse_network("mlp:2-3");
  CHECK(check_tensor(x, 1, 2, of));
}

TEST_CASE("tensors are taken up to a limit that all links of an owner share") {
  auto memory = std::make_shared<memory_account>();
  std::vector<tensor_message> held;
  auto take = [&](std::uint64_t rows) {
    inbound_tensors in;
    return in.announce(1, head_for(activation{}, rows, 1), true, memory);
  };
  // A share of the limit that is given back at once, or kept.
  CHECK(!take(max_tensor_values));
  CHECK(memory->tensors == 0);
  memory->tensors = memory_account::most_tensors - 1024;
  CHECK(take(1024));
  CHECK(!take(16));
  memory->tensors = 0;
  {
    inbound_tensors in;
    std::vector<std::byte> bytes(8);
    REQUIRE(!in.announce(1, head_for(activation{}, 2, 1), true, memory));
    auto whole = in.add(1, bytes);
    REQUIRE(whole);
    REQUIRE(*whole);
    held.push_back(std::move(**whole));
  }
  CHECK(memory->tensors > 0);
  held.clear();
  CHECK(memory->tensors == 0);
}

TEST_CASE("a list takes no more memory than its bytes allow") {
  // Names of no letters: 32 times as large in memory as on the wire.
  std::vector<std::byte> bytes(std::size_t{1} << 20);
  auto letters = copy(
    to_bytes(control_envelope{1, true, failure{errc::busy, {"", {}, {}, {}}}}));
  bytes.insert(bytes.begin(), letters.begin(), letters.end() - 3);
  // No ranges; then layers, as many as there are bytes.
  auto at = letters.size() - 3;
  bytes[at] = std::byte{0};
  for (auto x : {0x80, 0x80, 0x3f})
    bytes[++at] = std::byte(x);
  auto back = control_from(bytes);
  REQUIRE(!back);
  CHECK(back.error() == errc::protocol);
}

TEST_CASE("tensor data must be announced, and be no more than announced") {
  inbound_tensors in;
  std::vector<std::byte> bytes(9);
  CHECK(!in.add(1, bytes));
  activation x;
  auto memory = std::make_shared<memory_account>();
  REQUIRE(!in.announce(1, head_for(x, 1, 2), true, memory));
  CHECK(in.announce(1, head_for(x, 1, 2), true, memory));
  auto some = in.add(1, std::span{bytes}.first(5));
  REQUIRE(some);
  CHECK(!*some);
  CHECK(!in.add(1, std::span{bytes}.first(4)));
  auto whole = in.add(1, std::span{bytes}.first(3));
  REQUIRE(whole);
  REQUIRE(*whole);
  CHECK(values_of(**whole).columns() == 2);
}

TEST_CASE("sides fit only with one protocol and, as nodes, one arithmetic") {
  hello a;
  a.name = "a";
  a.arithmetic = own_arithmetic();
  auto b = a;
  b.name = "b";
  CHECK(!check_fit(a, b, false));
  b.arithmetic.trial = "abacus";
  auto err = check_fit(a, b, false);
  CHECK(explain(err).find("'a' and 'b' compute differently")
        != std::string::npos);
  CHECK(explain(err).find("tiny training") != std::string::npos);
  CHECK(!check_fit(a, b, true));
  b.engine = true;
  CHECK(!check_fit(a, b, false));
  b.version = 99;
  auto both = fmt::format("versions {} and 99", protocol_version);
  CHECK(explain(check_fit(a, b, true)).find(both) != std::string::npos);
}
