#include <algorithm>
#include <sstream>

#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <doctest/doctest.h>

#include "metadata/error.hpp"
#include "metadata/network/edge_list.hpp"

using namespace ganglion;

namespace {

layer input_of(std::uint64_t neurons) {
  return {
    .name = "in", .kind = layer_kind::input, .neurons = neurons, .inputs = {}};
}

layer sparse_of(std::uint64_t neurons, std::vector<layer_id> inputs,
                wiring wires) {
  return {.name = "net",
          .kind = layer_kind::sparse,
          .neurons = neurons,
          .inputs = std::move(inputs),
          .wires = std::move(wires)};
}

std::string problem_of(std::vector<layer> layers) {
  auto made = network::make(std::move(layers));
  return made ? "" : explain(made.error());
}

/// "0,1,0.5\n": edges as numbers.
edge_table table_of(const std::string& text) {
  edge_table result;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    given_edge next;
    char comma = 0;
    float weight = 0;
    std::istringstream in{line};
    in >> next.wire.source >> comma >> next.wire.target;
    if (in >> comma >> weight)
      next.weight = weight;
    next.line = result.edges.size() + 1;
    result.edges.push_back(next);
  }
  return result;
}

wired_network wire_text(const std::string& text,
                        const edge_list_options& options = {}) {
  auto made = wire(table_of(text), options, "f");
  REQUIRE_MESSAGE(made, (made ? "" : explain(made.error())));
  return *made;
}

std::string problem_of(const std::string& text,
                       const edge_list_options& options = {}) {
  auto made = wire(table_of(text), options, "f");
  return made ? "" : explain(made.error());
}

std::string archived(const network& net) {
  std::ostringstream out;
  {
    boost::archive::text_oarchive archive{out};
    archive << net;
  }
  return out.str();
}

} // namespace

TEST_CASE("edges that do not fit a sparse layer are refused") {
  auto of = [](std::vector<edge> edges, std::vector<layer_id> inputs = {0},
               std::vector<neuron_range> outputs = {}) {
    return problem_of(
      {input_of(2), sparse_of(3, std::move(inputs),
                              {std::move(edges), std::move(outputs)})});
  };
  CHECK(of({{0, 2}, {1, 4}}) == "");
  CHECK(of({{0, 2}, {2, 3}}, {0, 1}) == "");
  CHECK(of({{0, 5}})
        == "layer 'net' has an edge 0 -> 5, but its neurons are 2-4");
  CHECK(of({{9, 2}})
        == "layer 'net' has an edge 9 -> 2, but 9 is in no layer that it takes "
           "as an input");
  CHECK(of({{0, 2}, {0, 2}}) == "layer 'net' has the edge 0 -> 2 twice");
  CHECK(of({{0, 2}}, {0, 1})
        == "layer 'net' must name itself as an input where its neurons read "
           "each other, and only there");
  CHECK(of({{2, 3}}, {1})
        == "layer 'net' takes itself as its only input: name an input layer");
  CHECK(of({{0, 2}}, {0}, {{1, 2}})
        == "layer 'net' has outputs 1-2, but its neurons are 2-4");
  CHECK(of({{0, 2}}, {0}, {{3, ~std::uint64_t{0}}}) != "");
}

TEST_CASE("a sparse layer has bounds, and only it has edges") {
  CHECK(problem_of({input_of(2), sparse_of(max_sparse_neurons + 1, {0}, {})})
        != "");
  // All neurons have rows as long as that of the one that reads most.
  std::vector<edge> many;
  for (neuron_id source = 0; source < 1024; ++source)
    many.push_back({source, 1024});
  CHECK(problem_of({input_of(1024), sparse_of(1 << 17, {0}, {many, {}})})
        == "");
  CHECK(problem_of({input_of(1024), sparse_of(1 << 18, {0}, {many, {}})})
        != "");
  auto dense = sparse_of(3, {0}, {{{0, 2}}, {}, {}});
  dense.kind = layer_kind::dense;
  CHECK(problem_of({input_of(2), dense})
        == "layer 'net' is not sparse, and cannot have edges or outputs");
}

TEST_CASE("without loops a layer takes as many ticks as it is deep") {
  auto chain = wire_text("0,1\n1,2\n2,3\n0,3\n");
  CHECK(chain.net.schedule_of(1).ticks == 3);
  CHECK(!chain.net.schedule_of(1).has_loop);
  CHECK(chain.net.reads_itself(1));
  auto flat = wire_text("0,1\n0,2\n");
  CHECK(flat.net.schedule_of(1).ticks == 1);
  CHECK(!flat.net.reads_itself(1));
}

TEST_CASE("with loops a layer takes 10 ticks, or as long as an input travels") {
  auto small = wire_text("0,1\n1,2\n2,1\n2,3\n");
  CHECK(small.net.schedule_of(1).has_loop);
  CHECK(small.net.schedule_of(1).ticks == 10);
  std::string text = "0,1\n1,1\n";
  for (int i = 1; i < 30; ++i)
    text += std::to_string(i) + "," + std::to_string(i + 1) + "\n";
  CHECK(wire_text(text).net.schedule_of(1).ticks == 30);
}

TEST_CASE("numbers of neurons stay where inputs come first without gaps") {
  auto same = wire_text("0,2,1\n1,3,0.5\n3,2,-1\n");
  CHECK(!same.net.has_names());
  CHECK(same.numbers == std::vector<neuron_id>{0, 1, 2, 3});
  CHECK(same.net.at(1).wires.edges
        == std::vector<edge>{{0, 2}, {3, 2}, {1, 3}});
  CHECK(same.net.at(1).wires.outputs == std::vector<neuron_range>{{2, 1}});
  auto moved = wire_text("10,20,1\n20,5,1\n7,5\n");
  CHECK(moved.net.name_of(0) == "n7");
  CHECK(moved.net.named("n20") == neuron_id{3});
  CHECK(!moved.net.named("n21"));
  CHECK(moved.numbers == std::vector<neuron_id>{7, 10, 5, 20});
  CHECK(moved.net.at(1).wires.edges
        == std::vector<edge>{{0, 2}, {3, 2}, {1, 3}});
  REQUIRE(moved.edges.size() == 3);
  CHECK(!moved.edges[0].weight);
  CHECK(moved.edges[1].weight == 1.0f);
}

TEST_CASE(
  "outputs are the neurons that nobody reads, or those that are named") {
  auto outputs = [](const std::string& text, edge_list_options options = {}) {
    return wire_text(text, options).net.at(1).wires.outputs;
  };
  CHECK(outputs("0,1\n0,2\n1,2\n2,1\n").empty()); // each is read: all answer
  CHECK(outputs("0,1\n0,2\n0,4\n1,3\n") == std::vector<neuron_range>{{2, 3}});
  edge_list_options named;
  named.outputs = {{1, 1}};
  CHECK(outputs("0,1\n0,2\n1,2\n2,1\n", named)
        == std::vector<neuron_range>{{1, 1}});
  named.outputs = {{0, 1}};
  CHECK(problem_of("0,1\n", named)
        == "f: outputs 0: expected numbers of neurons that have edges");
}

TEST_CASE("edges that make no network are refused with their line") {
  CHECK(problem_of("0,1\n0,2\n0,1,1\n")
        == "f:3: expected each edge once, but 0 -> 1 is in line 1 already "
           "('doubled sum' adds their weights)");
  CHECK(problem_of("0,1\n1,0\n")
        == "f: expected at least one neuron that reads no other, as an input, "
           "or a list of inputs");
}

TEST_CASE("an input that reads others is driven by an input of its own") {
  edge_list_options options;
  options.inputs = {{0, 2}};
  auto x = wire_text("0,2,3\n0,1,2\n2,1,5\n", options);
  REQUIRE(x.driven.size() == 1);
  auto input = x.driven[0].input;
  auto neuron = x.driven[0].neuron;
  CHECK(x.net.range_of(0).count == 2);
  CHECK(x.net.range_of(0).contains({input, 1}));
  CHECK(x.net.name_of(neuron) == "n1");
  CHECK(x.net.name_of(input) == "n1_in");
  auto edges = edges_into(x.net.at(1).wires, neuron_range{neuron, 1});
  CHECK(edges.size() == 3);
  auto drives = std::find_if(x.edges.begin(), x.edges.end(), [&](auto& y) {
    return y.wire == edge{input, neuron};
  });
  REQUIRE(drives != x.edges.end());
  CHECK(drives->weight == 1.0f);
}

TEST_CASE("neurons have names, by which inputs and outputs are chosen") {
  edge_table table;
  table.names = {"ADAL", "AIBL", "AVAL"};
  table.edges = {{{0, 1}, 1.0f, 1}, {{1, 2}, 2.0f, 2}, {{2, 1}, 3.0f, 3}};
  edge_list_options options;
  options.input_names = {"ADAL", "AVAL"};
  options.output_names = {"AIBL"};
  auto x = wire(table, options, "f");
  REQUIRE_MESSAGE(x, (x ? "" : explain(x.error())));
  std::vector<std::string_view> names;
  for (neuron_id i = 0; i < x->net.neuron_count(); ++i)
    names.push_back(x->net.name_of(i));
  CHECK(names
        == std::vector<std::string_view>{"ADAL", "AVAL_in", "AIBL", "AVAL"});
  CHECK(x->net.at(1).wires.outputs == std::vector<neuron_range>{{2, 1}});
  options.output_names = {"NOBODY"};
  auto none = wire(table, options, "f");
  REQUIRE(!none);
  CHECK(explain(none.error())
        == "f: outputs 'NOBODY': expected names of neurons that have edges");
}

TEST_CASE("names are stored with the network, and only where there are some") {
  auto net = wire_text("10,20,1\n20,5,1\n7,5\n").net;
  std::istringstream in{archived(net)};
  boost::archive::text_iarchive archive{in};
  network again;
  archive >> again;
  CHECK(again == net);
  CHECK(again.name_of(3) == "n20");
  auto edges_alone = wire_text("0,2\n1,3\n3,2\n").net;
  CHECK(archived(edges_alone).find(" 130 ") == std::string::npos);
  CHECK(problem_of({input_of(1), sparse_of(2, {0}, {{{0, 1}}, {}, {"a"}})})
        == "layer 'net' has 1 names for 3 neurons");
  CHECK(problem_of(
          {input_of(1), sparse_of(2, {0}, {{{0, 1}}, {}, {"a", "b", "a"}})})
        == "layer 'net' has two neurons 'a'");
  CHECK(problem_of(
          {input_of(1), sparse_of(2, {0}, {{{0, 1}}, {}, {"a", "\n", "b"}})})
        == "layer 'net' has a neuron '?', which is no name");
}

TEST_CASE("edges come and go") {
  auto net = *unwired_network(2, 3, activation_kind::relu, {});
  CHECK(!net.reads_itself(1));
  auto more = with_edges(net, {{0, 2}, {2, 3}});
  REQUIRE(more);
  CHECK(more->reads_itself(1));
  CHECK(!with_edges(*more, {{0, 2}}));
  CHECK(!with_edges(*more, {{0, 1}}));
  CHECK(!without_edges(*more, {{0, 3}}));
  auto fewer = without_edges(*more, {{2, 3}, {0, 2}});
  REQUIRE(fewer);
  CHECK(*fewer == net);
  CHECK(!with_edges(*parse_network("mlp:2-3"), {{0, 2}}));
}

TEST_CASE("edges are stored with the network, and only where there are some") {
  auto net = wire_text("0,2\n1,3\n3,2\n2,3\n").net;
  std::istringstream in{archived(net)};
  boost::archive::text_iarchive archive{in};
  network again;
  archive >> again;
  CHECK(again == net);
  CHECK(fingerprint(again) == fingerprint(net));
  auto other = *without_edges(net, {{2, 3}});
  CHECK(other != net);
  CHECK(fingerprint(other) != fingerprint(net));
  // As it was before there were sparse layers.
  CHECK(archived(*parse_network("mlp:2-3"))
          .ends_with(" 5 input 0 0 2 1 2 0 0 6 output 1 0 3 1 3 1 0 0\n"));
}

TEST_CASE("a network with a sparse layer cannot be trained, and says so") {
  CHECK(!check_trainable(*parse_network("mlp:2-3")));
  CHECK(explain(check_trainable(wire_text("0,1\n").net))
        == "layer 'neurons' is wired neuron by neuron and cannot be trained: "
           "set its weights, or load them, and infer");
}
