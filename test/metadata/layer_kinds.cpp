// What networks say of their layers' kinds: text, checks, archives, parameters.
#include <sstream>
#include <string>

#include <boost/archive/archive_exception.hpp>
#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <doctest/doctest.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/layers/layer_rule.hpp"
#include "metadata/network/network.hpp"

using namespace ganglion;

namespace {

constexpr auto kinds_text = "mlp:8-16-norm-12-pool2-drop0.25-3:silu";

std::string kind_problem(std::string_view text) {
  auto net = parse_network(text);
  return net ? "" : explain(net.error());
}

bool kind_problem_has(std::string_view text, std::string_view part) {
  auto problem = kind_problem(text);
  INFO(problem);
  return problem.find(part) != std::string::npos;
}

std::string kind_archive(const network& net) {
  std::ostringstream out;
  {
    boost::archive::text_oarchive archive{out};
    archive << net;
  }
  return out.str();
}

network of_archive(const std::string& text) {
  std::istringstream in{text};
  boost::archive::text_iarchive archive{in};
  network result;
  archive >> result;
  return result;
}

/// Two layers, the second one as it is given.
std::string kind_second_problem(layer x) {
  x.name = "x";
  x.inputs = {0};
  auto net = network::make(
    {{.name = "in", .kind = layer_kind::input, .neurons = 6, .inputs = {}},
     std::move(x)});
  return net ? "" : explain(net.error());
}

} // namespace

TEST_CASE("layers of other kinds stand between the sizes of a network") {
  auto net = *parse_network(kinds_text);
  REQUIRE(net.layers().size() == 7);
  std::string names;
  for (const auto& x : net.layers())
    names += x.name + " " + to_string(x.kind) + " " + std::to_string(x.neurons)
             + ", ";
  CHECK(names
        == "input input 8, hidden1 dense 16, norm2 norm 16, hidden3 dense 12, "
           "pool4 pool 6, drop5 dropout 6, output dense 3, ");
  CHECK(net.at(5).settings == std::vector<double>{0.25});
  CHECK(net.at(1).activation == activation_kind::silu);
  CHECK(net.parameters_per_neuron(2) == 2);
  CHECK(net.parameters_per_neuron(4) == 0);
  CHECK(net.parameters_of(5, net.range_of(5)) == 0);
  CHECK(net.placeable_count() == 16 + 16 + 12 + 6 + 6 + 3);
  CHECK(!check_trainable(net));
  // Even as the last layer.
  CHECK(parse_network("mlp:4-6-norm")->layers().back().name == "output");
}

TEST_CASE("a text that makes no sense says where") {
  CHECK(kind_problem_has("mlp:norm-4", "does not begin with a number"));
  CHECK(kind_problem_has("mlp:8-pool3-2", "'pool3' does not divide the 8"));
  CHECK(kind_problem_has("mlp:8-pool0-2", "'pool0'"));
  CHECK(kind_problem_has("mlp:8-pool-2", "has 'pool' where"));
  CHECK(kind_problem_has("mlp:8-poolnan-2", "'poolnan'"));
  CHECK(kind_problem_has("mlp:8-drop1-2", "'drop1' leaves out all"));
  CHECK(kind_problem_has("mlp:8-drop0.1x-2", "has 'drop0.1x' where"));
  CHECK(kind_problem_has("mlp:8-nrom-2", "has 'nrom' where"));
  CHECK(kind_problem_has("mlp:8-dense-2", "has 'dense' where"));
  CHECK(kind_problem_has("mlp:8", "has one layer only"));
  CHECK(kind_problem_has("mlp:8--2", "has '' where"));
}

TEST_CASE("a layer that its kind cannot be is refused") {
  auto pool = [](double window, std::uint64_t neurons) {
    return kind_second_problem({.kind = layer_kind::pool,
                                .neurons = neurons,
                                .inputs = {},
                                .settings = {window}});
  };
  CHECK(pool(2, 3) == "");
  CHECK(pool(2, 2) != "");
  CHECK(pool(4, 1) != "");
  CHECK(pool(2.5, 2) != "");
  CHECK(pool(-1, 6) != "");
  CHECK(pool(1e300, 1) != "");
  CHECK(
    kind_second_problem({.kind = layer_kind::pool, .neurons = 3, .inputs = {}})
    == "layer 'x' needs 1 finite settings");
  CHECK(
    kind_second_problem({.kind = layer_kind::norm, .neurons = 5, .inputs = {}})
    == "layer 'x' normalises another number of neurons than its input has");
  CHECK(kind_second_problem({.kind = layer_kind::norm,
                             .activation = activation_kind::relu,
                             .neurons = 6,
                             .inputs = {}})
        == "layer 'x' can have no activation");
  CHECK(kind_second_problem({.neurons = 2, .values = 2, .inputs = {}})
        == "layer 'x' is dense: its neurons yield one value, no more");
  CHECK(kind_second_problem(
          {.kind = static_cast<layer_kind>(77), .neurons = 2, .inputs = {}})
        == "layer 'x' is of no known kind");
}

TEST_CASE("archives keep what only some kinds have") {
  auto net = *parse_network(kinds_text);
  CHECK(of_archive(kind_archive(net)) == net);
  caf::byte_buffer bytes;
  auto sink = make_serializer(bytes);
  REQUIRE(sink.apply(net));
  auto source = make_deserializer(bytes);
  network again;
  REQUIRE(source.apply(again));
  CHECK(again == net);
  auto other = *parse_network("mlp:8-16-norm-12-pool2-drop0.5-3:silu");
  CHECK(fingerprint(other) != fingerprint(net));
}

TEST_CASE("an archive with a kind that there is not is refused") {
  auto text = kind_archive(*parse_network("mlp:8-16-3"));
  auto at = text.find("hidden1 1 ");
  REQUIRE(at != std::string::npos);
  for (auto kind : {"77", "131", "255"}) {
    auto damaged = text;
    damaged.replace(at + 8, 1, kind);
    CHECK_THROWS_AS(of_archive(damaged), boost::archive::archive_exception);
  }
  // Settings that are not there.
  auto short_one = text;
  short_one.replace(at + 8, 1, "4");
  CHECK_THROWS_AS(of_archive(short_one), boost::archive::archive_exception);
}

TEST_CASE("what a layer reads is all that it reads, and no more") {
  auto net = *parse_network(kinds_text);
  std::string told;
  auto tell = [&](neuron_range x, std::uint64_t readers) {
    told += to_string(x) + " by " + std::to_string(readers) + "; ";
  };
  auto read_by = [&](layer_id id, std::uint64_t first, std::uint64_t count) {
    told.clear();
    rule_of(net.at(id))
      .each_read(net, id, {net.range_of(id).first + first, count}, tell);
    return told;
  };
  CHECK(read_by(2, 4, 3) == "8-23 by 3; ");
  CHECK(read_by(4, 1, 2) == "42-45 by 1; ");
  CHECK(read_by(5, 1, 2) == "53-54 by 1; ");
}
