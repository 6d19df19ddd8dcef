// Files of edges: what makes a network makes one that is written and read the
// same again, and whose edges are those of the file.
#include <cstdlib>

#include "runtime/data/edge_file.hpp"
#include "test/fuzz/text_target.hpp"

using namespace ganglion;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      std::size_t size) {
  std::string text{reinterpret_cast<const char*>(data), size};
  auto edges = parse_edges(std::move(text), "file");
  if (!edges)
    return 0;
  auto made = wire(*edges, {}, "file");
  if (!made)
    return 0;
  const auto& net = made->net;
  if (net.at(1).wires.edges.size() != edges->edges.size()
      || made->numbers.size() != net.neuron_count())
    std::abort();
  auto again = from_text<network>("file", to_text(net));
  if (!again || *again != net)
    std::abort();
  return 0;
}
