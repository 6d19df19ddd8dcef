// Where neurons go, as users write it: by the names that an edge list gives
// them, and in files.
#include <doctest/doctest.h>

#include "distributor/distribute.hpp"
#include "metadata/error.hpp"
#include "runtime/data/edge_file.hpp"
#include "runtime/hosting/request_text.hpp"
#include "test/runtime/data_files.hpp"

using namespace ganglion;

namespace {

/// "a 1;b 2-3;", or what the user is told.
std::string place(const network& net, const std::string& by) {
  auto request = read_request(by);
  if (!request)
    return explain(request.error());
  cluster_view nodes;
  nodes.nodes = {{"a", "", 0, 1}, {"b", "", 0, 1}};
  auto made = distribute(net, nodes, *request);
  if (!made)
    return explain(made.error());
  std::string result;
  for (node_index i = 0; i < 2; ++i) {
    result += made->nodes()[i];
    for (const auto& x : made->held_by(i))
      result += " " + to_string(x.range);
    result += ";";
  }
  return result;
}

} // namespace

TEST_CASE("neurons are placed by the names that their edge list gives them") {
  temp_folder folder;
  auto wired = read_edges(folder.write("e.csv", "pre,post,w\nS1,AVAL,1\n"
                                                "AVAL,AVAR,1\nAVAR,RIM,2\n"),
                          {});
  REQUIRE(wired);
  CHECK(place(wired->net, "identifiers=a:AVAL+RIM,b:AVAR") == "a 1 3;b 2;");
  CHECK(place(wired->net, "identifiers=a:AVAL+RIX,b:AVAR")
        == "'RIX': expected neurons such as neurons[0] of input, neurons, or a "
           "neuron's name");
}

TEST_CASE("a file says who holds what, and the line that is wrong is named") {
  auto net = *parse_network("mlp:784-256-128-10");
  temp_folder folder;
  auto path = folder.at("ids");
  auto by = "identifiers=@" + path;
  folder.write("ids", "# who holds what\nb: 901-949+951-1177\n\na:784-900\n"
                      "a:950 # one more\n");
  CHECK(place(net, by)
        == "a 784-900 950;b 901-949 951-1039 1040-1167 "
           "1168-1177;");
  folder.write("ids", "# who has what\na:784-900\n\nb:901-9000000000000000000"
                      "00\n");
  CHECK(place(net, by).starts_with(path + ":4: "));
  CHECK(place(net, "identifiers=@/no/such/file").find("'/no/such/file'")
        != std::string::npos);
  CHECK(read_request(by, true).error() == errc::bad_argument);
}
