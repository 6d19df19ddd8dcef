#include <string>

#include <doctest/doctest.h>

#include "distributor/distribute.hpp"
#include "metadata/error.hpp"

using namespace ganglion;

namespace {

cluster_view nodes_named(std::initializer_list<const char*> names) {
  cluster_view result;
  for (auto name : names)
    result.nodes.push_back({name, "", 0, 1});
  return result;
}

/// What a user is told; empty where nothing is wrong.
std::string told(std::string_view by, std::string_view within = "") {
  auto net = *parse_network("mlp:784-256-128-10");
  auto request = parse_request(by, false, within);
  if (!request)
    return explain(request.error());
  auto where = distribute(net, nodes_named({"a", "b", "c"}), *request);
  return where ? std::string{} : explain(where.error());
}

bool has(const std::string& text, std::string_view part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a strategy that nobody knows is answered with those that are") {
  CHECK(has(told("magic=1"), "unknown strategy 'magic"));
  CHECK(has(told(""), "count=200,150,rest"));
  CHECK(has(told("layers", "node"), "cannot divide within 'node'"));
}

TEST_CASE("counts must be numbers, one per node, and add up") {
  CHECK(has(told("count=1,x,rest"), "count 'x' is no number"));
  CHECK(has(told("count=1,-2,rest"), "count '-2'"));
  CHECK(has(told("count=1,rest"), "counts: 2, nodes: 3"));
  CHECK(has(told("count=100,100,100"), "add 94 to one of them"));
  CHECK(has(told("count=400,100,100"), "more than the 394 neurons"));
  CHECK(told("count=200,150,rest").empty());
}

TEST_CASE("percentages must be numbers, one per node, and add up to 100") {
  CHECK(has(told("percentage=50,x,20"), "percentage 'x'"));
  CHECK(has(told("percentage=50,-1,51"), "percentage '-1'"));
  CHECK(has(told("percentage=50,nan,50"), "percentage 'nan'"));
  CHECK(has(told("percentage=50,50"), "there are 2 percentages for 3 nodes"));
  CHECK(has(told("percentage=50,30,10"), "sum to 90, not 100: add 10"));
  CHECK(has(told("percentage=50,30,30"), "sum to 110, not 100: take 10"));
  CHECK(told("percentage=50,30,20").empty());
}

TEST_CASE("identifiers name every missing and every doubled range") {
  auto missing = told("identifiers=a:784-900,b:950-1000+1010-1177");
  CHECK(has(missing, "901-949"));
  CHECK(has(missing, "1001-1009"));
  auto doubled = told("identifiers=a:784-1000,b:990-1100,c:1090-1177");
  CHECK(has(doubled, "990-1000"));
  CHECK(has(doubled, "1090-1100"));
  CHECK(has(told("identifiers=a:0-1177"), "0-783"));
  CHECK(has(told("identifiers=a:784-1178"), "1178"));
  CHECK(has(told("identifiers=x:784-1177"), "there is no node 'x'"));
  CHECK(has(told("identifiers=a:1177-784"), "1177-784"));
  CHECK(has(told("identifiers=784-1177"), "names no node"));
  CHECK(has(told("identifiers=a:784-99999999999999999999"), "no neuron"));
  CHECK(has(told("identifiers=a:hidden1[0..256]"), "from 0 to 255"));
  CHECK(has(told("identifiers=a:AVAL"),
            "'AVAL': expected neurons such as output[0]"));
}

TEST_CASE("layers are known, and placed once") {
  CHECK(has(told("layers=a:1+2,b:hidden7"), "hidden7"));
  CHECK(has(told("layers=a:1+2,b:7"), "7"));
  CHECK(has(told("layers=a:1+2,x:3"), "there is no node 'x'"));
  CHECK(has(told("layers=a:1,b:3"), "1040-1167"));
  CHECK(has(told("layers=a:1+2,b:2+3"), "1040-1167"));
  CHECK(!told("layers=a:0+1+2,b:3").empty());
  CHECK(told("layers=a:hidden1+2,b:output").empty());
}
