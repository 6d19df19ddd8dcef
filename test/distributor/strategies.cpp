#include "distributor/distribute.hpp"

#include <doctest/doctest.h>

#include "metadata/error.hpp"

using namespace ganglion;

namespace {

cluster_view nodes(int count) {
  cluster_view result;
  for (int i = 0; i < count; ++i)
    result.nodes.push_back(
      {std::string(1, static_cast<char>('a' + i)), "", 0, 1});
  return result;
}

/// "a 784-975; b 976-1039 1040-1103; ...", or the error's text.
std::string place(std::string_view by, bool exact = false,
                  std::string_view within = "", int node_count = 3,
                  std::string_view spec = "mlp:784-256-128-10") {
  auto net = *parse_network(spec);
  auto request = parse_request(by, exact, within);
  if (!request)
    return explain(request.error());
  auto made = distribute(net, nodes(node_count), *request);
  if (!made)
    return explain(made.error());
  std::string result;
  for (node_index i = 0; i < made->nodes().size(); ++i) {
    result += made->nodes()[i];
    for (const auto& x : made->held_by(i))
      result += " " + to_string(x.range);
    result += ";";
  }
  return result;
}

} // namespace

TEST_CASE("percentages land on the nearest block border") {
  CHECK(place("percentage=50,30,20")
        == "a 784-975;b 976-1039 1040-1103;c 1104-1167 1168-1177;");
}

TEST_CASE("a tie between two block borders goes to the lower one") {
  CHECK(place("percentage=12.5,87.5", false, "", 2, "mlp:2-256-1:tanh")
          .starts_with("a 2-33;")
        == false);
  CHECK(
    place("percentage=50,50", false, "", 2, "mlp:2-48-1").starts_with("a 2-17;")
    == false);
  // 25 % of 128 is 32, half-way between blocks of 64 at 0 and 64.
  CHECK(place("percentage=12.5,87.5", false, "layer", 2, "mlp:2-256-16")
        == "a;b 2-257 258-273;");
}

TEST_CASE("exact percentages go to the nearest neuron by largest remainder") {
  CHECK(place("percentage=50,30,20", true)
        == "a 784-980;b 981-1039 1040-1098;c 1099-1167 1168-1177;");
  CHECK(
    place("percentage=33.333333,33.333333,33.333334", true, "", 3, "mlp:1-9-1")
    == "a 1-3;b 4-6;c 7-9 10;");
}

TEST_CASE("counts are exact and may leave the rest to one node") {
  CHECK(place("count=200,150,rest")
        == "a 784-983;b 984-1039 1040-1133;c 1134-1167 1168-1177;");
  CHECK(place("count=0,394,0") == "a;b 784-1039 1040-1167 1168-1177;c;");
  CHECK(place("count=5,rest", false, "layer", 2)
        == "a 784-788 1040-1044 1168-1172;b 789-1039 1045-1167 1173-1177;");
}

TEST_CASE("identifiers may come in any order") {
  std::string wanted = "a 784-900 950;b 901-949 951-1039 1040-1167 1168-1177;";
  CHECK(place("identifiers=a:784-900+950,b:901-949+951-1177", false, "", 2)
        == wanted);
}

TEST_CASE("identifiers may be numbers within a layer, or the whole of it") {
  CHECK(place("identifiers=a:hidden1+hidden2[0..9],b:hidden2[10-127]+output",
              false, "", 2)
        == "a 784-1039 1040-1049;b 1050-1167 1168-1177;");
}

TEST_CASE("layers go by name, by number, or balanced by weights") {
  CHECK(place("layers=a:hidden1,b:2+output", false, "", 2)
        == "a 784-1039;b 1040-1167 1168-1177;");
  CHECK(place("layers", false, "", 2) == "a 784-1039;b 1040-1167 1168-1177;");
  CHECK(place("layers", false, "", 1) == "a 784-1039 1040-1167 1168-1177;");
}

TEST_CASE("layers of blocks go by the block's name, and what is left by rest") {
  const auto* spec = "gpt:tokens=11,blocks=3,width=8,heads=2,context=4";
  auto wanted = place("layers=a:1+2+3+4+5+6+7,b:8+9+10+11+12+13+14+15+16+17+18+"
                      "19+20+21",
                      false, "", 2, spec);
  CHECK(wanted.starts_with("a 3-10 11-18 "));
  CHECK(place("layers=a:embedding+block0,b:block1..2+norm+logits", false, "", 2,
              spec)
        == wanted);
  CHECK(place("layers=a:embedding+block0,b:rest", false, "", 2, spec)
        == wanted);
  CHECK(place("identifiers=b:rest,a:embedding+block0", false, "", 2, spec)
        == wanted);
  CHECK(place("identifiers=a:hidden1[0..9]+1040-1049,b:rest", false, "", 2)
        == "a 784-793 1040-1049;b 794-1039 1050-1167 1168-1177;");
  CHECK(place("layers=a:rest,b:rest", false, "", 2)
        == "only one node may have the 'rest': name the neurons of the others");
  CHECK(
    place("layers=a:block1..3,b:rest", false, "", 2, spec)
    == "there is no layer 'block1..3': use a number below 22 or one of "
       "text, embedding, block0..2.norm1/attention/output/norm2/units/down, "
       "norm, logits");
}

TEST_CASE("round-robin deals out blocks, and goes on over layers") {
  CHECK(place("round-robin", false, "", 2, "mlp:8-64-32-3")
        == "a 8-23 40-55 72-87 104-106;b 24-39 56-71 88-103;");
  CHECK(place("round-robin", false, "", 5, "mlp:2-1-1") == "a 2;b 3;c;d;e;");
  CHECK(place("round-robin", false, "", 2, "mlp:8-16-pool2-3")
        == "a 8-23 32-34;b 24-31;");
  CHECK(place("round-robin=2")
        == "round-robin takes no arguments: every node "
           "gets about as many blocks of each layer");
  CHECK(place("round-robin", false, "layer")
        == "--within layer goes with count and percentage only");
}

TEST_CASE("more nodes than neurons are legal") {
  CHECK(place("percentage=20,20,20,20,20", true, "", 5, "mlp:2-1-1")
        == "a 2;b 3;c;d;e;");
}

TEST_CASE("errors say what to change") {
  CHECK(place("percentage=50,30,19")
        == "the percentages sum to 99, not 100: add 1 to one of them");
  CHECK(place("percentage=50,50")
        == "there are 2 percentages for 3 nodes: give one for each node");
  CHECK(place("count=200,150,40")
        == "the counts sum to 390, but the network has 394 neurons with "
           "weights: add 4 to one of them, or write 'rest' for one");
  CHECK(place("count=200,200,rest")
        == "the counts are more than the 394 neurons with weights of the "
           "network: lower one of them");
  CHECK(place("count=18446744073709551615,2,rest")
          .starts_with("the counts are more than the 394 neurons"));
  CHECK(place("count=rest,rest,1")
        == "only one count may be 'rest': give numbers for the others");
  CHECK(place("identifiers=a:784-1000,b:1000-1100,z:1101-1177")
        == "there is no node 'z': use one of a, b, c");
  CHECK(place("identifiers=a:784-1000,b:1000-1100")
        == "neurons placed on no node: 1101-1167, 1168-1177; neurons placed "
           "more than once: 1000: place each neuron with weights exactly once");
  CHECK(place("layers=a:hidden9,b:3")
        == "there is no layer 'hidden9': use a number below 4 or one of input, "
           "hidden1, hidden2, output");
  CHECK(place("layers=a:0+1+2+3").starts_with("neurons 0-783 are inputs"));
  CHECK(place("chance").starts_with("unknown strategy 'chance'"));
  CHECK(place("layers", false, "layer")
        == "--within layer goes with count and percentage only");
}
