// The wiring of a sparse layer: which neuron reads which, an edge for each, and
// which neurons answer for the network. Passive data and pure functions; the
// weights of the edges are parameters, and belong to the neurons that read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "metadata/fields.hpp"
#include "metadata/network/neuron_range.hpp"

namespace ganglion {

/// `target` reads what `source` answers.
struct edge {
  neuron_id source = 0;
  neuron_id target = 0;

  /// By target, then by source: the order of addition.
  friend constexpr auto operator<=>(const edge& a, const edge& b) {
    return a.target != b.target ? a.target <=> b.target : a.source <=> b.source;
  }

  friend bool operator==(const edge&, const edge&) = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"source", self.source}, field{"target", self.target});
  }
};

struct wiring {
  /// Each once, sorted; targets are neurons of the layer.
  std::vector<edge> edges;
  /// Where the layer is the network's output: the neurons that answer, sorted;
  /// none stand for all.
  std::vector<neuron_range> outputs;
  /// Of all neurons of the network, by number, where they have names and the
  /// layer is the only one beside the inputs; else none.
  std::vector<std::string> names;

  friend bool operator==(const wiring&, const wiring&) = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"edges", self.edges}, field{"outputs", self.outputs},
                 field{"names", self.names, 1});
  }
};

/// Of a neuron, in characters.
constexpr std::size_t max_neuron_name = 80;

/// What is wrong with the names, if anything is: "has two neurons 'AVAL'".
std::string check_names(const std::vector<std::string>& names,
                        std::uint64_t neurons);

/// Bounds of what is accepted, since each neuron is an actor and each edge is
/// in every copy of the network: neurons and edges of a sparse layer, and
/// floats of its parameters (see `schedule::row`).
constexpr std::uint64_t max_sparse_neurons = std::uint64_t{1} << 20;
constexpr std::uint64_t max_edges = std::uint64_t{1} << 22;
constexpr std::uint64_t max_sparse_parameters = std::uint64_t{1} << 28;

/// Ticks of a layer with a loop, unless an input takes longer to reach a
/// neuron.
constexpr std::uint64_t usual_ticks = 10;

/// Most ticks that may be asked for.
constexpr std::uint32_t max_ticks = 10'000;

/// What follows from a layer's wiring.
struct schedule {
  /// Whether neurons of the layer read neurons of the layer, or themselves.
  bool reads_itself = false;
  /// Whether following edges leads back to where one was.
  bool has_loop = false;
  /// Ticks of a run, where nobody asks for another number: without loops, the
  /// depth, after which nothing changes any more.
  std::uint64_t ticks = 1;
  /// Edges into the neuron that has most of them. Parameters are rows of equal
  /// length, filled up with zeros: so many weights, and the bias.
  std::uint64_t row = 0;
};

/// Sorts the wiring of the layer `own`, whose neurons may read `sources`. The
/// text says what is wrong, if anything is: "has an edge 3 -> 3 twice".
std::string put_in_order(wiring& x, neuron_range own,
                         std::span<const neuron_range> sources);

/// `x` is in order. In O(neurons + edges).
schedule schedule_of(const wiring& x, neuron_range own);

/// The edges into some neurons.
std::span<const edge> edges_into(const wiring& x, neuron_range targets);

} // namespace ganglion
