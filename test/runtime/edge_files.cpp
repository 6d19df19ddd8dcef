// Tables of edges, as people have them.
#include <doctest/doctest.h>

#include "metadata/error.hpp"
#include "runtime/data/edge_file.hpp"
#include "test/runtime/data_files.hpp"

using namespace ganglion;

namespace {

std::string problem_of(std::string_view text) {
  auto edges = parse_edges(std::string{text}, "f");
  return edges ? "" : explain(edges.error());
}

} // namespace

TEST_CASE("a bad file of edges is refused with its line") {
  CHECK(problem_of("")
        == "f: expected lines SOURCE,TARGET,WEIGHT, and there "
           "are none");
  CHECK(
    problem_of("# nothing\n\n0\n")
    == "f:3:1: expected SOURCE,TARGET,WEIGHT such as 3,17,0.5, not 1 field");
  CHECK(problem_of("0,1,1,1") != "");
  CHECK(problem_of("0,1\n-1,2\n")
        == "f:2:1: '-1': expected whole numbers of neurons, or names in all "
           "lines");
  CHECK(
    problem_of("0,1,0.5\n0,2,half\n")
    == "f:2:5: 'half': expected a number as the weight (or no such column at "
       "all)");
  CHECK(problem_of("0,1,inf\n") != "");
}

TEST_CASE("edges are read as people have them: names, columns, quotes, marks") {
  auto read = [](std::string_view text, bool sum = false) {
    auto result = parse_edges(std::string{text}, "f", sum);
    REQUIRE_MESSAGE(result, (result ? "" : explain(result.error())));
    return *result;
  };
  auto plain = read("0,2,0.5\n1,2,-0.25\n");
  for (auto text :
       {"# a, comment; first\n0;2;0.5\n1;2;-0.25\n", "0 2 0.5\n1 2 -0.25\n",
        "\xef\xbb\xbfsource,target,weight\n0,2,0.5\n1,2,-0.25\n",
        "\"0\",\"2\",\"0.5\"\n\"1\", \"2\" ,-0.25\n",
        "post\tkind\tsynapses\tpre\n2\tx\t0.5\t0\n2\tx\t-0.25\t1\n"}) {
    auto x = read(text);
    REQUIRE(x.edges.size() == 2);
    CHECK(x.names.empty());
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(x.edges[i].wire == plain.edges[i].wire);
      CHECK(x.edges[i].weight == plain.edges[i].weight);
    }
  }
  auto named = read("ADAL,AIBL,1\nAIBL,AVAL,2\n");
  CHECK(named.names == std::vector<std::string>{"ADAL", "AIBL", "AVAL"});
  CHECK(named.edges[1].wire == edge{1, 2});
  auto summed = read("pre,post,synapses\na,b,1\nc,b,4\na,b,2\n", true);
  REQUIRE(summed.edges.size() == 2);
  CHECK(summed.edges[0].weight == 3.0f);
  CHECK(problem_of("0,1,2\na,b,3\n").starts_with("f:2:1: 'a': expected"));
  CHECK(problem_of("0,2,\n").starts_with("f:1:5: '': expected a number"));
}

TEST_CASE("neurons go by numbers or by names, and not by both") {
  for (auto text : {"1,a\n", "a,1\n", "1,2\na,b\n", "a,b\n1,2\n"})
    CHECK(problem_of(text).find("expected whole numbers of neurons, or names")
          != std::string::npos);
}

TEST_CASE(
  "a file of edges may be compressed, and quotes protect what is in them") {
  temp_folder folder;
  auto path = folder.write_gz("edges.csv.gz",
                              "pre,post,synapses\n\"a, b\",c,2\nc,\"say "
                              "\"\"hi\"\"\",3\n");
  auto wired = read_edges(path, {});
  REQUIRE_MESSAGE(wired, (wired ? "" : explain(wired.error())));
  CHECK(wired->net.named("a, b") == neuron_id{0});
  CHECK(wired->net.named("say \"hi\"") == neuron_id{2});
  auto refused = parse_edges("a,b\n\xff\xfe,b\n", "f");
  REQUIRE(!refused);
  CHECK(explain(refused.error()).starts_with("f:2:1: the name of a neuron"));
}
